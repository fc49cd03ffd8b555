import { type Finding, type Question, type RuleWith, usdOf } from './finding.ts';
import { show, showMoney } from '../show.ts';
import { readPace } from './pace.ts';
import { HOUR_MS, periodOf } from './period.ts';
import { endOf, keyOf, readSeries, toFloat } from './series.ts';

const MINUTE_MS = 60_000;

/**
 * Both windows must burn the budget so many times as fast as it may be. The structure is that of Google's SRE workbook; its factors
 * are for error budgets and find a fivefold spend after five hours, these after half an hour, because spend is paced by its rhythm.
 */
const WINDOWS = [
  { longMs: HOUR_MS, shortMs: 15 * MINUTE_MS, factor: 5 },
  { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, factor: 2.5 },
  { longMs: 24 * HOUR_MS, shortMs: 2 * HOUR_MS, factor: 1.6 },
  { longMs: 72 * HOUR_MS, shortMs: 6 * HOUR_MS, factor: 1.25 },
] as const;

/** Spend over several windows against what the budget allows in them. */
export async function findBurnRate(rule: RuleWith<'burn_rate'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const to = endOf(rule, now);
  const { amount_usd: amount, period, timezone, min_usd: least } = rule.condition;
  const spans = [...new Set(WINDOWS.flatMap(({ longMs, shortMs }) => [longMs, shortMs]))];
  const read = await Promise.all(spans.map((span) => readSeries(reader, rule, { from: to - span, to })));
  const bySpan = new Map(spans.map((span, index) => [span, new Map((read[index] ?? []).map((each) => [keyOf(each.labels), each]))]));
  const pace = await readPace(rule, reader, to, periodOf(period, to, timezone));
  const allowed = new Map(spans.map((span) => [span, Number(amount) * pace({ from: to - span, to })]));
  // The longest window has every series of the others.
  return (read[spans.indexOf(WINDOWS[3].longMs)] ?? []).map(({ labels }) => {
    const spentIn = (span: number) => bySpan.get(span)?.get(keyOf(labels))?.value ?? 0n;
    const burnIn = (span: number) => toFloat(spentIn(span)) / (allowed.get(span) ?? Number.NaN);
    const burns = WINDOWS.map((window) => ({ ...window, burn: Math.min(burnIn(window.longMs), burnIn(window.shortMs)) }));
    const hit = burns.find(({ burn, factor, longMs }) => burn >= factor && spentIn(longMs) >= usdOf(least));
    const isKnown = spans.every((span) => bySpan.get(span)?.get(keyOf(labels))?.value !== null);
    const { longMs, shortMs, factor, burn } = hit ?? { ...WINDOWS[0], burn: burns[0]?.burn ?? 0 };
    const reason = `${show('cost', spentIn(longMs))} in ${longMs / HOUR_MS} h is ${burn.toFixed(1)} times what a budget of ${showMoney(usdOf(amount))} a ${period} allows`;
    return {
      labels,
      value: spentIn(longMs),
      window: { from: to - longMs, to },
      judgement: { verdict: hit ? 'breach' : isKnown ? 'clear' : 'hold', reason },
      facts: {
        threshold: `${factor} times the pace of ${showMoney(usdOf(amount))} a ${period}, over ${longMs / HOUR_MS} h and ${shortMs / MINUTE_MS} min`,
        burn_rate: burn.toFixed(2),
      },
    };
  });
}
