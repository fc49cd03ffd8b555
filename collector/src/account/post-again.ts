import { resolve, type Verdict } from '../understand/resolve/resolve.ts';
import { isChanged } from './entries.ts';
import type { KnownSpan, Trace } from './trace.ts';
import { PostedCall } from './posted-call.ts';
import { type Pricing, priceOf } from './price.ts';
import { toCall } from './row.ts';
import { NOT_POSTED } from './span-bytes.ts';
import { writeCallEvidence } from './stored-evidence.ts';

/** What was posted of a trace, under the version of each span, made again from its spans: the same spans are judged and priced alike. */
export function postAgain(trace: Trace, versions: ReadonlyMap<KnownSpan, number>, priceBook: Pricing): void {
  for (const [known, verdict] of verdictsOf(trace)) {
    const { receivedMs, observation } = known;
    const version = versions.get(known) ?? NOT_POSTED;
    if (version === NOT_POSTED) continue;
    const priced = priceOf(verdict, undefined, priceBook);
    const evidence = writeCallEvidence(observation, verdict.observation, verdict.judged);
    known.posted = new PostedCall({ verdict, priced, receivedMs, evidence, version });
  }
}

/** Whether that would give what was posted: not if an earlier look at it still stands, such as the price that it had then. */
export function isAsPosted(trace: Trace, priceBook: Pricing): boolean {
  for (const [{ posted, receivedMs }, verdict] of verdictsOf(trace)) {
    if (!posted) return false;
    const again = toCall(verdict, priceOf(verdict, undefined, priceBook), receivedMs, posted.call.evidence);
    if (isChanged(posted.call, again)) return false;
  }
  return true;
}

function verdictsOf({ spans }: Trace): (readonly [KnownSpan, Verdict])[] {
  const all = spans.values();
  const verdictOn = resolve(all.map(({ observation }) => observation));
  return all.flatMap((known) => {
    const verdict = verdictOn(known.observation);
    return verdict ? [[known, verdict] as const] : [];
  });
}
