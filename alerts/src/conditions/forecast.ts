import { readOutlooks } from './budget-outlook.ts';
import { type Finding, type Question, type RuleWith, usdOf } from './finding.ts';
import { showMoney, showUsd, usdFacts } from '../show.ts';
import { endOf } from './series.ts';

/** Will the amount be reached before the period ends? Asked of the forecast's own past errors; without enough of a past, of the pace. */
export async function findForecast(rule: RuleWith<'forecast'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const { amount_usd: amount, period, chance: enough } = rule.condition;
  const at = endOf(rule, now);
  return (await readOutlooks(rule, reader, at)).map((outlook) => {
    const { labels, spent, state, forecastUsd, intervalUsd, chance, exhaustedMs } = outlook;
    const isLikely = chance === undefined ? forecastUsd >= Number(amount) : chance >= enough;
    const how = intervalUsd
      ? `(${showUsd(intervalUsd[0])} to ${showUsd(intervalUsd[1])})`
      : '(at this pace; too little history for an interval)';
    const when =
      exhaustedMs === undefined
        ? state === 'exhausted'
          ? ', used up already'
          : ''
        : `, used up ${new Date(exhaustedMs).toISOString().slice(0, 16)}Z`;
    const reason = `${showUsd(forecastUsd)} ${how} expected this ${period} of ${showMoney(usdOf(amount))}${when}`;
    return {
      labels,
      value: spent,
      window: { from: outlook.period.from, to: at },
      judgement: { verdict: spent === null ? 'hold' : isLikely ? 'breach' : 'clear', reason },
      facts: {
        threshold: `${showMoney(usdOf(amount))} a ${period}`,
        ...usdFacts('expected', forecastUsd),
        ...(exhaustedMs !== undefined && { exhausted_at: new Date(exhaustedMs).toISOString() }),
      },
    };
  });
}
