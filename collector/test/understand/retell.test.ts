import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type AttributeValue, type OtlpSpan } from '../../src/decode/otlp.ts';
import type { Observation } from '../../src/understand/observation.ts';
import { createObserver } from '../../src/understand/observe.ts';
import { readFixtures } from '../golden/fixtures.ts';

const captured = readFixtures().flatMap(({ json }) => json.flatMap((body) => decodeTraces(body, 'json').spans));

const odd: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.constantFrom('', 'openai', 'chat', 'claude-opus-5', 'a\u0000"b', '12', 'true', 12, 0, -1, 1.5, NaN, true, null),
  fc.array(fc.constantFrom('stop', 'length'), { maxLength: 2 }),
  fc.nat(5000),
);

/** What emitters write as JSON into one attribute. */
const within: fc.Arbitrary<AttributeValue> = fc
  .record(
    {
      input: fc.nat(50),
      prompt_tokens: fc.nat(50),
      output: fc.nat(50),
      total: fc.nat(99),
      cache_read: fc.nat(50),
      anthropic: fc.record({
        usage: fc.record({ cache_read_input_tokens: fc.nat(9), service_tier: fc.constantFrom('standard', 'priority') }),
      }),
    },
    { requiredKeys: [] },
  )
  .map((json) => JSON.stringify(json));

/** Spans of real emitters whose values change from span to span, in all places. */
const spans = fc.array(
  fc.record({
    of: fc.nat(captured.length - 1),
    changes: fc.array(fc.tuple(fc.nat(60), odd), { maxLength: 4 }),
    durationMs: fc.integer({ min: -5, max: 5000 }),
    service: fc.constantFrom('checkout', 'search', undefined),
    inside: fc.option(within),
    tag: fc.option(fc.string(), { freq: 2 }),
  }),
  { minLength: 3, maxLength: 30 },
);

function change({
  of,
  changes,
  inside,
  durationMs,
  service,
  tag,
}: typeof spans extends fc.Arbitrary<(infer Drawn)[]> ? Drawn : never): OtlpSpan {
  const span = captured[of]!;
  const attributes = Attributes.of(span.attributes);
  for (const [place, value] of changes) {
    const key = attributes.keys[place];
    if (key !== undefined) attributes.set(key, value);
  }
  for (const [key, value] of attributes)
    if (inside !== null && typeof value === 'string' && value.startsWith('{')) attributes.set(key, inside);
  if (tag !== null) attributes.set('tokenledger.tag.plan', tag);
  const resource = Attributes.of(service === undefined ? [] : [['service.name', service]]);
  return { ...span, attributes, resource, endMs: span.startMs + durationMs };
}

test('a span is understood the same whether spans told alike came before or not', () => {
  let retold = 0;
  fc.assert(
    fc.property(spans, (drawn) => {
      const observer = createObserver();
      const seen: Observation[] = [];
      // Names are remembered when they come again.
      for (const span of [...drawn, ...drawn, ...drawn].map(change)) {
        const observation = observer(span);
        retold += seen.some(({ origins }) => origins === observation.origins) ? 1 : 0;
        seen.push(observation);
        expect(observation).toEqual(createObserver()(span));
      }
    }),
    { numRuns: 100 },
  );
  expect(retold).toBeGreaterThan(500);
});

test('an attribute that had no value, or no count, at first is read when it has one', () => {
  for (const span of captured.slice(0, 60)) {
    const observer = createObserver();
    for (const value of [null, '', 'no count'])
      for (const key of span.attributes.keys) {
        const attributes = Attributes.of(span.attributes);
        attributes.set(key, value);
        for (let round = 0; round < 2; round++) observer({ ...span, attributes });
        expect(observer(span)).toEqual(createObserver()(span));
      }
  }
});

test('every capture is understood the same the first time, the second and the third', () => {
  const observer = createObserver();
  for (let round = 0; round < 3; round++) for (const span of captured) expect(observer(span)).toEqual(createObserver()(span));
});
