import { expect, test } from 'vitest';
import { type StoredEvidence, writeCallEvidence, writeStepEvidence } from '../../src/account/stored-evidence.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type OtlpSpan } from '../../src/decode/otlp.ts';
import { createObserver } from '../../src/understand/observe.ts';
import { readFixtures } from '../golden/fixtures.ts';

/** One of each name. */
const captured = [
  ...Map.groupBy(
    readFixtures().flatMap(({ json }) => json.flatMap((body) => decodeTraces(body, 'json').spans)),
    ({ name, scope }) => `${name} ${scope.name}`,
  ).values(),
].flatMap(([first]) => first ?? []);

/** Without the numbers that are in the text of a step, only the rest can tell two apart. */
const withoutUsage = (span: OtlpSpan): OtlpSpan => ({
  ...span,
  attributes: Attributes.of([...span.attributes].filter(([key]) => !/token|usage|count/.test(key))),
});

/** The same emitter tells another number, id, cost or ending, one at a time. */
function tellings(span: OtlpSpan): OtlpSpan[] {
  const others = [...span.attributes].map(([changed, value]) => {
    const other = typeof value === 'number' ? value * 3 + 1 : typeof value === 'string' ? `${value}1` : value;
    return { ...span, attributes: Attributes.of([...span.attributes, [changed, other]]) };
  });
  return [span, ...others, span, { ...span, endMs: span.startMs - 1 }];
}

test('evidence is the same text whether spans told alike came before or not', () => {
  const observer = createObserver();
  const shared = new Set<StoredEvidence['span']['evidence']>();
  let spans = 0;
  for (let round = 0; round < 3; round++)
    for (const span of captured.flatMap((one) => [one, withoutUsage(one)]).flatMap(tellings)) {
      const observation = observer(span);
      // Of a list of evidence that nobody shares nothing is remembered.
      const alone = { ...observation, evidence: [...observation.evidence] };
      expect(writeCallEvidence(observation, observation, [])).toBe(writeCallEvidence(alone, alone, []));
      expect(writeStepEvidence(observation)).toBe(writeStepEvidence(alone));
      shared.add(observation.evidence);
      spans += 1;
    }
  expect(shared.size).toBeLessThan(spans / 2);
});
