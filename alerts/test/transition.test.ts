import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint } from '../src/fingerprint.ts';
import type { Judgement } from '../src/conditions/finding.ts';
import { type AlertState, transition } from '../src/transition.ts';

const verdicts = fc.constantFrom<Judgement['verdict'] | undefined>('breach', 'clear', 'hold', undefined);

test('whatever happens, firing and resolved alternate, firing first', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(verdicts, fc.nat(600_000))), fc.nat(600_000), fc.nat(600_000), (happenings, forMs, keepFiringForMs) => {
      let state: AlertState = { phase: 'inactive' };
      let now = 0;
      const told: string[] = [];
      for (const [verdict, later] of happenings) {
        now += later;
        const step = transition(state, verdict && { verdict, reason: '' }, now, { forMs, keepFiringForMs });
        if (step.event) told.push(step.event);
        state = step.state;
      }
      return (
        told.every((event, index) => event === (index % 2 === 0 ? 'firing' : 'resolved')) &&
        (told.length % 2 === 1) === (state.phase === 'firing')
      );
    }),
  );
});

test('one gap is no recovery, two are', () => {
  const patience = { forMs: 0, keepFiringForMs: 0 };
  const firing = transition({ phase: 'inactive' }, { verdict: 'breach', reason: '' }, 0, patience);
  const gap = transition(firing.state, undefined, 1, patience);
  expect(gap.event).toBeUndefined();
  expect(transition(gap.state, undefined, 2, patience).event).toBe('resolved');
});

test('a series that is gone for one evaluation and back in the next begins to be missed anew', () => {
  const patience = { forMs: 0, keepFiringForMs: 0 };
  const verdicts = ['breach', undefined, 'breach', undefined, 'hold', undefined, undefined] as const;
  let state: AlertState = { phase: 'inactive' };
  const events = verdicts.map((verdict, now) => {
    const step = transition(state, verdict && { verdict, reason: '' }, now, patience);
    state = step.state;
    return step.event;
  });
  expect(events).toEqual(['firing', undefined, undefined, undefined, undefined, undefined, 'resolved']);
});

test('what is not known neither fires nor resolves, and neither begins the wait for it nor ends it', () => {
  const patience = { forMs: 10, keepFiringForMs: 10 };
  const hold = { verdict: 'hold', reason: '' } as const;
  expect(transition({ phase: 'inactive' }, hold, 0, patience).state).toEqual({ phase: 'inactive' });
  expect(transition({ phase: 'pending', since: 0 }, hold, 100, patience)).toMatchObject({ state: { phase: 'pending', since: 0 } });
  expect(transition({ phase: 'firing', since: 0, clearSince: 5 }, hold, 100, patience).state).toEqual({ phase: 'firing', since: 0 });
});

test('it must be over for as long as the rule says before it is told to be over', () => {
  const patience = { forMs: 10, keepFiringForMs: 10 };
  const clear = { verdict: 'clear', reason: '' } as const;
  const breach = { verdict: 'breach', reason: '' } as const;
  const first = transition({ phase: 'firing', since: 0 }, clear, 20, patience);
  expect(first.event).toBeUndefined();
  expect(transition(first.state, clear, 29, patience).event).toBeUndefined();
  expect(transition(first.state, clear, 30, patience).event).toBe('resolved');
  const again = transition(first.state, breach, 25, patience);
  expect(transition(again.state, clear, 31, patience).event).toBeUndefined();
});

test('so it must be where the series is gone', () => {
  const patience = { forMs: 0, keepFiringForMs: 10 };
  let state: AlertState = { phase: 'firing', since: 0 };
  const resolvedAt = Array.from({ length: 20 }, (_, now) => {
    const step = transition(state, undefined, now, patience);
    state = step.state;
    return step.event;
  }).indexOf('resolved');
  expect(resolvedAt).toBe(11);
});

test('fingerprints do not depend on the order of labels', () => {
  expect(fingerprint({ a: '1', b: '2' })).toBe(fingerprint({ b: '2', a: '1' }));
  expect(fingerprint({ a: '12' })).not.toBe(fingerprint({ a: '1', b: '2' }));
  expect(fingerprint({})).toBe('cbf29ce484222325');
  expect(fingerprint({ a: 'b' })).toBe(slowly(['a', 'b']));
  expect(fingerprint({ alertname: 'spend', team: 'búsqueda' })).toBe(slowly(['alertname', 'spend', 'team', 'búsqueda']));
});

/** FNV-1a 64 as it is written down. */
function slowly(texts: readonly string[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const text of texts) {
    for (const byte of [...Buffer.from(text), 0xff]) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
