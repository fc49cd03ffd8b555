import { TupleParam } from '@clickhouse/client';
import { METERS, meterFacts, type MeterSide } from '@tokenledger/model';
import { USAGE_OF_CALL } from './migrations/worked-out.ts';

/** A call whose request another instrumentation may have told of, too, in a trace of its own. */
export interface TwinQuery {
  /** Empty when nobody said. */
  readonly service: string;
  /** The instrumentation's name: a twin has another one. */
  readonly scope: string;
  readonly timeMs: number;
  /** Two calls that name two responses are two requests, and one that is named twice is found by its id: then only calls without are looked for. */
  readonly hasResponseId: boolean;
  /** What others may say that the tokens of its input add up to; absent when the call does not tell all that it used. */
  readonly inputTokens?: readonly number[] | undefined;
}

export interface TwinsQuery {
  readonly calls: readonly TwinQuery[];
  /** How far apart twins begin that both tell what they used … */
  readonly toldWithinMs: number;
  /** … and twins of which one does not: they have nothing but their times to agree on. */
  readonly vagueWithinMs: number;
}

/** What was asked at once; a parameter may have 128 KiB. */
export const CALLS_PER_TWINS_QUERY = 1000;
/**
 * The ledger may hold any number of calls that could be twins, when calls without ids begin by the thousand or repeat their usage. Of those
 * that agree on usage and of the others, so many are brought from each stretch of `vagueWithinMs`, and so many traces in all, the earliest: a
 * sender pays for what it asks, and cannot make the ledger hand out all it has.
 */
const MOST_AT_ONCE = 64;
const MOST_TRACES = 1000;

const FIVE_MINUTES_MS = 300_000;

/** Rows lie by five minutes: naming those that are asked for reads no others, however far apart they are. */
const ROWS = `tenant = {tenant:String} AND toStartOfFiveMinutes(time) IN {slots:Array(DateTime('UTC'))}
AND ({except:String} = '' OR insert_token != {except:String}) AND service IN {services:Array(String)}`;

/** Where one instrumentation is alone there is nothing to look for; two columns of few values tell. */
export const SCOPES_SQL = `SELECT DISTINCT service, scope_name FROM calls WHERE ${ROWS} LIMIT 10000`;

const ofSide = (side: MeterSide) => METERS.filter((meter) => meterFacts(meter).side === side).map((meter) => `'${meter}'`);
const tells = (side: MeterSide) => `hasAny(mapKeys(${USAGE_OF_CALL}), [${ofSide(side).join(', ')}])`;
const sumOf = (side: MeterSide) =>
  `arraySum((meter_, quantity_) -> if(meter_ IN (${ofSide(side).join(', ')}), toInt64(quantity_), 0), mapKeys(${USAGE_OF_CALL}), mapValues(${USAGE_OF_CALL}))`;
const isIn = (set: string) =>
  `((place, half, ${sumOf('input')}) IN {${set}:Array(Tuple(UInt32, Int64, Int64))} OR (place, half, toInt64(${USAGE_OF_CALL}['input_uncached'])) IN {${set}:Array(Tuple(UInt32, Int64, Int64))})`;

export const TRACES_OF_TWINS_SQL = `WITH
  indexOf({services:Array(String)}, service) AS place,
  toUnixTimestamp64Milli(time) AS ms,
  intDiv(ms, {vagueWithin:Int64}) AS stretch,
  intDiv(ms, 2 * {toldWithin:Int64}) AS half,
  toUInt8(response_id = '') AS anonymous,
  toUInt8(estimated OR NOT ${tells('input')} OR NOT ${tells('output')}) AS vague,
  ((anonymous AND ${isIn('toldByNamed')}) OR ${isIn('told')}) AS agrees
SELECT trace_id FROM (
  SELECT trace_id, span_id, time FROM calls
  WHERE ${ROWS} AND (place, scope_name) NOT IN {alone:Array(Tuple(UInt32, String))}
    AND (agrees OR (place, stretch, anonymous, vague) IN {near:Array(Tuple(UInt32, Int64, UInt8, UInt8))})
  ORDER BY time, trace_id, span_id LIMIT ${MOST_AT_ONCE} BY place, stretch, agrees
) GROUP BY trace_id ORDER BY min(time), trace_id LIMIT ${MOST_TRACES}`;

export function scopesParameters({ calls, toldWithinMs }: TwinsQuery) {
  const slots = new Set<number>();
  for (const { timeMs } of calls)
    for (const edge of [timeMs - toldWithinMs, timeMs, timeMs + toldWithinMs]) slots.add(Math.floor(edge / FIVE_MINUTES_MS) * 300);
  return { services: [...new Set(calls.map(({ service }) => service))], slots: [...slots].filter(isDateTime) };
}

/** DateTime is 32 bits of seconds. */
const isDateTime = (seconds: number) => seconds >= 0 && seconds < 2 ** 32;

/** The calls of services of which another instrumentation tells, too. */
export function withOthers(calls: readonly TwinQuery[], scopes: readonly { readonly service: string; readonly scope_name: string }[]) {
  const ofService = Map.groupBy(scopes, ({ service }) => service);
  return calls.filter(({ service, scope }) => ofService.get(service)?.some(({ scope_name }) => scope_name !== scope));
}

export function twinsParameters({ calls, toldWithinMs, vagueWithinMs }: TwinsQuery) {
  const { services, slots } = scopesParameters({ calls, toldWithinMs, vagueWithinMs });
  const near = new Tuples();
  const told = { named: new Tuples(), anonymous: new Tuples() };
  for (const { service, timeMs, hasResponseId, inputTokens } of calls) {
    const place = services.indexOf(service) + 1;
    const stretch = Math.floor(timeMs / vagueWithinMs);
    for (const at of [stretch - 1, stretch, stretch + 1])
      for (const anonymous of hasResponseId ? [1] : [0, 1]) {
        near.add(place, at, anonymous, 1);
        if (!inputTokens) near.add(place, at, anonymous, 0);
      }
    for (const edge of [timeMs - toldWithinMs, timeMs + toldWithinMs])
      for (const tokens of inputTokens ?? [])
        told[hasResponseId ? 'named' : 'anonymous'].add(place, Math.floor(edge / (2 * toldWithinMs)), Math.trunc(tokens));
  }
  const alone = [...Map.groupBy(calls, ({ service }) => service)].flatMap(([service, ofService]) => {
    const scopes = new Set(ofService.map(({ scope }) => scope));
    return scopes.size === 1 ? [...scopes].map((scope) => new TupleParam([services.indexOf(service) + 1, scope])) : [];
  });
  return {
    services,
    slots,
    alone,
    near: near.list(),
    told: told.anonymous.list(),
    toldByNamed: told.named.list(),
    toldWithin: toldWithinMs,
    vagueWithin: vagueWithinMs,
  };
}

/** Each once. */
class Tuples {
  readonly #tuples = new Map<string, TupleParam>();

  add(...values: readonly number[]): void {
    this.#tuples.set(values.join(), new TupleParam(values));
  }

  list(): readonly TupleParam[] {
    return [...this.#tuples.values()];
  }
}
