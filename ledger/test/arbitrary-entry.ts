import fc from 'fast-check';
import {
  ENTRY_REASONS,
  formatUsd,
  METERS,
  PRICE_STATUSES,
  type Call,
  type Charge,
  type LedgerEntry,
  type Meter,
  type Step,
  type Usage,
} from '@tokenledger/model';
import { takeBack } from './example-entry.ts';

/** Any text that UTF-8 can carry: unicode, quotes, blank lines, NUL. */
export const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('', "it's", '"quoted"', 'line\n\nblank line', 'tab\tand \\ slash', '`', '€ 日本 🎉', '\0', '\\N', 'x'.repeat(300)),
  )
  .filter((text) => text.isWellFormed());

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** An absent text is stored as an empty one, so an empty one reads as absent. */
const maybeText = maybe(anyText.filter((text) => text !== ''));
const hex = (length: number) =>
  fc.uint8Array({ minLength: length / 2, maxLength: length / 2 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const textRecord = maybe(fc.dictionary(anyText, anyText, { minKeys: 1, maxKeys: 4 }));

/** Up to 38 digits, either sign. */
export const anyMoney = fc.oneof(
  fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);
/** What was charged before is what is charged now less the difference: that is money too. */
const anyCost = anyMoney.map((pico) => pico / 2n);
/** Whole numbers up to 2^53-1, and fractions that six decimals can hold. */
export const anyQuantity = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(10_000),
  fc.nat(10_000_000).map((micro) => micro / 1_000_000),
);
const milliseconds = fc.oneof(
  fc.nat(3_600_000),
  fc.nat(1_000_000).map((micro) => micro / 1000),
);

const anyUsage = (quantity: fc.Arbitrary<number>) =>
  fc.dictionary(fc.constantFrom(...METERS), quantity, { maxKeys: 6 }) as fc.Arbitrary<Usage>;

const anyCharge: fc.Arbitrary<Charge> = fc.record({
  meter: fc.constantFrom(...METERS),
  quantity: anyQuantity,
  unitPriceUsd: fc.constantFrom('0', '0.0000028', '0.00000000000012345', '15'),
  // Of a meter that stands in four lines the sum is stored.
  amount: anyMoney.map((pico) => pico / 4n),
  priceId: anyText,
  source: anyText,
});

/** As prices make them, and as they could be: another quantity, an amount of its own, a meter that stands twice. */
const anyCharges = (usage: Usage): fc.Arbitrary<readonly Charge[]> =>
  fc.oneof(
    fc.array(anyCharge, { maxLength: 4 }),
    fc
      .record({ price: anyCharge, others: fc.array(anyCharge, { maxLength: 1 }) })
      .map(({ price, others }) => [
        ...(Object.entries(usage) as [Meter, number][]).map(([meter, quantity]) => ({ ...price, meter, quantity })),
        ...others,
      ]),
    anyMoney.map((amount) => [
      {
        meter: 'requests' as const,
        quantity: 1,
        unitPriceUsd: formatUsd(amount),
        amount,
        priceId: 'provider-reported',
        source: 'provider',
      },
    ]),
  );

/** An older step would be gone at the next merge. */
const STEPS_KEPT_MS = 29 * 86_400_000;

const identity = {
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: maybe(hex(16).filter((id) => /[^0]/.test(id))),
  name: anyText,
  timeMs: fc.oneof(fc.constantFrom(0, 4_102_444_800_000, -1), fc.integer({ min: Date.now() - STEPS_KEPT_MS, max: Date.now() })),
  receivedMs: fc.integer({ min: Date.now() - 1000, max: Date.now() }),
  durationMs: milliseconds,
  status: fc.constantFrom('unset', 'ok', 'error'),
  errorType: maybeText,
  scope: maybe(fc.record({ name: anyText.filter((text) => text !== ''), version: anyText })),
} as const;

const attribution = {
  service: maybeText,
  environment: maybeText,
  team: maybeText,
  feature: maybeText,
  customer: maybeText,
  user: maybeText,
  session: maybeText,
  run: maybeText,
  agent: maybeText,
  tags: textRecord,
} as const;

const anyCall: fc.Arbitrary<Call> = fc
  .record({
    ...identity,
    ...attribution,
    ttftMs: maybe(milliseconds),
    provider: anyText,
    gateway: maybeText,
    operation: anyText,
    requestModel: maybeText,
    model: anyText,
    serviceTier: maybeText,
    region: maybeText,
    responseId: maybeText,
    promptName: maybeText,
    promptVersion: maybeText,
    promptFingerprint: maybeText,
    promptTemplateFingerprint: maybeText,
    finishReasons: maybe(fc.array(anyText, { minLength: 1, maxLength: 3 })),
    usage: anyUsage(anyQuantity),
    cost: fc.option(anyCost),
    priceStatus: fc.constantFrom(...PRICE_STATUSES),
    unpricedReason: maybeText,
    reportedCost: maybe(anyMoney),
    billable: fc.boolean(),
    notBillableReason: maybeText,
    estimated: fc.boolean(),
    semantics: fc.record({
      profile: anyText,
      confidence: fc.constantFrom('certain', 'likely', 'guess'),
      flags: fc.array(anyText, { maxLength: 3 }),
    }),
    rawUsage: fc.dictionary(
      anyText,
      fc.oneof(
        anyText,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      ),
      { maxKeys: 4 },
    ),
    evidence: anyText,
  })
  .chain((call) => anyCharges(call.usage).map((charges) => ({ ...call, charges })));

type Delta = LedgerEntry['delta'];

const anyDelta: fc.Arbitrary<Delta> = fc.record({
  calls: fc.constantFrom(-1, 0, 1),
  unpricedCalls: fc.constantFrom(-1, 0, 1),
  requests: fc.constantFrom(-1, 0, 1),
  errors: fc.constantFrom(-1, 0, 1),
  usage: anyUsage(
    fc.oneof(
      anyQuantity,
      anyQuantity.map((quantity) => 0 - quantity),
    ),
  ),
  charges: fc.array(anyCharge, { maxLength: 4 }),
  cost: anyCost,
});

/** All of a call, all of it taken back, no part of its cost, or something else. */
const deltasOf = (call: Call, other: Delta): readonly Delta[] => {
  const whole = { ...other, usage: call.usage, charges: call.charges };
  const { usage, charges } = takeBack(whole);
  return [whole, structuredClone(whole), { ...whole, usage, charges }, { ...whole, charges: [] }, { ...whole, usage: {} }, other];
};

export const anyEntry: fc.Arbitrary<LedgerEntry> = fc
  .record({
    tenant: anyText,
    version: fc.nat(2 ** 32 - 1),
    reason: fc.constantFrom(...ENTRY_REASONS),
    call: anyCall,
    other: anyDelta,
    which: fc.nat(5),
  })
  .map(({ other, which, ...entry }) => ({ ...entry, delta: deltasOf(entry.call, other)[which] ?? other }));

export const anyStep: fc.Arbitrary<Step> = fc.record({
  ...identity,
  ...attribution,
  kind: anyText,
  attributes: fc.dictionary(anyText, anyText, { maxKeys: 4 }),
  evidence: anyText,
});
