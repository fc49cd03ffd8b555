import type { CallDetail, TenantReader } from '@tokenledger/ledger';
import { formatUsd, meterFacts, METERS, type Call, type Charge } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { tokensOf } from '../../call-json.ts';
import { textParameter } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { orNone, usd, usdCell } from './grafana-rows.ts';
import { perMillion } from './per-million.ts';

const query = z.strictObject({
  trace_id: textParameter.describe('32 hex digits'),
  span_id: textParameter.describe('16 hex digits: the call'),
});

const verdict = z.object({
  cost: usdCell.describe('what it adds to every total; null: its price is not known'),
  cost_text: z.string().describe('the same in full, or why there is none'),
  model: z.string(),
  provider: z.string(),
  price_status: z.string(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  profile: z.string(),
  confidence: z.string(),
});

const line = z.object({
  meter: z.string(),
  quantity: z.number(),
  said_as: z.string().describe('the attributes that it was read from, as the emitter sent them'),
  price: z.string().describe('USD per million, or each, exact'),
  amount_usd: z.string().nullable().describe('quantity × price, exact decimal'),
  price_id: z.string(),
  source: z.string(),
});

const rule = z.object({ step: z.int(), rule: z.string(), detail: z.string() });

const entry = z.object({
  time: z.int().describe('when the ledger learned it'),
  version: z.int(),
  reason: z.string(),
  price_status: z.string(),
  calls: z.int(),
  cost: usdCell.describe('what it changed'),
});

/** As much of the collector's explanation as is shown here. */
const explanation = z.object({
  rules: z.array(z.object({ rule: z.string(), detail: z.string() })),
  buckets: z.array(
    z.object({ meter: z.string(), from: z.array(z.object({ attribute: z.string(), value: z.union([z.string(), z.number()]) })) }),
  ),
});
type Explanation = z.infer<typeof explanation>;
const NOTHING: Explanation = { rules: [], buckets: [] };

/** Why one call costs what it costs, as four tables; without rows where there is no such call. */
export const explanationRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger, explain }) => {
  const explained = (call: Call) => explanation.safeParse(explain?.(call)).data ?? NOTHING;

  function answer<Row extends z.ZodType>(path: string, summary: string, row: Row, toRows: (detail: CallDetail) => z.output<Row>[]) {
    app.get(
      path,
      {
        config: { scope: 'query' },
        schema: { summary, tags: ['grafana'], querystring: query, response: { 200: z.object({ rows: z.array(row) }), ...orProblem } },
      },
      async ({ query, tenant }) => {
        const detail = await find(ledger.forTenant(tenant), query);
        return { rows: detail ? toRows(detail) : [] };
      },
    );
  }

  answer('/v1/grafana/call', 'What one call was and costs', verdict, ({ call }) => [toVerdict(call)]);
  answer('/v1/grafana/call-charges', 'The bill of one call, line by line, and what each was read from', line, ({ call }) =>
    toLines(call, explained(call)),
  );
  answer('/v1/grafana/call-rules', 'Which rules read the numbers of one call, in their order', rule, ({ call }) =>
    explained(call).rules.map((each, index) => ({ step: index + 1, ...each })),
  );
  answer('/v1/grafana/call-entries', 'Every line that the ledger has about one call, in ascending time', entry, ({ entries }) =>
    entries.map(toEntry),
  );
};

async function find(reader: TenantReader, { trace_id: traceId, span_id: spanId }: z.output<typeof query>): Promise<CallDetail | undefined> {
  return traceId === undefined || spanId === undefined ? undefined : reader.call(traceId.toLowerCase(), spanId.toLowerCase());
}

const toVerdict = (call: Call): z.output<typeof verdict> => ({
  cost: usd(call.cost),
  cost_text: costText(call),
  model: orNone(call.model),
  provider: orNone(call.provider),
  price_status: call.priceStatus,
  input_tokens: tokensOf(call.usage, 'input'),
  output_tokens: tokensOf(call.usage, 'output'),
  profile: call.semantics.profile,
  confidence: call.semantics.confidence,
});

function costText({ billable, notBillableReason, cost, unpricedReason }: Call): string {
  if (!billable) return `not billed: ${notBillableReason ?? 'unknown reason'}`;
  return cost === null ? `unknown: ${unpricedReason ?? 'no price'}` : `$${formatUsd(cost)}`;
}

/** What is priced, and what is not. */
function toLines(call: Call, { buckets }: Explanation): z.output<typeof line>[] {
  const saidAs = (meter: string) =>
    buckets
      .find((bucket) => bucket.meter === meter)
      ?.from.map(({ attribute, value }) => `${attribute} = ${value}`)
      .join(', ') ?? '';
  const priced = new Set<string>(call.charges.map(({ meter }) => meter));
  const unpriced = METERS.flatMap((meter) => {
    const quantity = call.usage[meter];
    return quantity === undefined || priced.has(meter) ? [] : [{ meter, quantity, said_as: saidAs(meter), ...NO_PRICE }];
  });
  return [...call.charges.map((charge) => ({ ...toLine(charge), said_as: saidAs(charge.meter) })), ...unpriced];
}

const NO_PRICE = { price: '–', amount_usd: null, price_id: '', source: '' } as const;

function toLine({ meter, quantity, unitPriceUsd, amount, priceId, source }: Charge) {
  const isToken = meterFacts(meter).unit === 'token';
  return {
    meter,
    quantity,
    price: isToken ? `$${perMillion(unitPriceUsd)} / million` : `$${unitPriceUsd} each`,
    amount_usd: `$${formatUsd(amount)}`,
    price_id: priceId,
    source,
  };
}

const toEntry = ({ version, reason, recordedMs, priceStatus, delta }: CallDetail['entries'][number]): z.output<typeof entry> => ({
  time: recordedMs,
  version,
  reason,
  price_status: priceStatus,
  calls: delta.calls,
  cost: usd(delta.cost),
});
