import type { Evaluation } from './evaluation.ts';
import { toPayload, type ToldAlert } from './payload.ts';
import type { Rule } from './rule.ts';
import type { Message } from './store.ts';

export interface Telling extends ToldAlert {
  readonly status: 'firing' | 'resolved';
}

type Told = Parameters<typeof toPayload>[0]['rule'] & Pick<Rule, 'receivers'>;

/**
 * One message for what began together, and one for what ended together of it, to each receiver; an end to those who know of the beginning. Its id is that of its first alert, so it is
 * the same for every try and never that of another message.
 */
export function messagesOf(
  rule: Told,
  telling: readonly Telling[],
  { tenant, store, receiversOf, publicUrl, now }: Pick<Evaluation, 'tenant' | 'store' | 'receiversOf' | 'publicUrl' | 'now'>,
): readonly Message[] {
  const named = receiversOf(rule);
  const all = receiversOf({ receivers: [] });
  const keyOf = ({ alert }: Telling) => alert.incident || alert.fingerprint;
  const groups = Map.groupBy(telling, (each) => JSON.stringify([each.status, keyOf(each)]));
  const ended = new Set(telling.flatMap(({ alert, status }) => (status === 'resolved' ? [alert.id] : [])));
  return [...groups.values()].flatMap((alerts): readonly Message[] => {
    const [first] = alerts;
    if (!first) return [];
    const { status, alert } = first;
    const key = keyOf(first);
    // Of one that fired before there was such a list nothing is known.
    const told = new Set(status === 'firing' ? [] : alerts.flatMap((each) => each.alert.receivers));
    const receivers = told.size === 0 ? named : all.filter((receiver) => told.has(receiver));
    if (receivers.length === 0) return [];
    const others = store.alerts(tenant, alert.rule).filter((each) => each.incident === key && each.told && each.state.phase === 'firing');
    const firing = status === 'firing' ? alerts.length : others.filter(({ id }) => !ended.has(id)).length;
    const body = toPayload({ rule, alerts, status, incident: { key, firing }, now, publicUrl });
    return receivers.map((receiver) => ({ id: `msg_${alert.id}_${status}`, receiver, body }));
  });
}
