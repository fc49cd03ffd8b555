import { notable, type Sensitivity, type Surprise } from './detect.ts';
import { falseDiscoveryBound, normalTail } from './tail.ts';

/** The p-value of a series: the surprises of its windows are one finding, the largest of them. */
const pValueOf = (found: readonly Surprise[]) => normalTail(Math.max(...found.map(({ z }) => z)));

/**
 * Which of many series are significant: Benjamini–Hochberg over all that were looked at together. A finding may be that of the series or the
 * same at other prices, which then takes the series' place among the many.
 * @returns for a series its surprises that are large in every respect; none if it is not significant
 */
export function significantAmong(
  all: ReadonlyMap<string, readonly Surprise[]>,
  falseDiscoveryRate: number,
): (key: string, found: readonly Surprise[], sensitivity: Sensitivity) => readonly Surprise[] {
  const pValues = new Map([...all].flatMap(([key, found]) => (found.length > 0 ? [[key, pValueOf(found)] as const] : [])));
  const boundOf = (values: ReadonlyMap<string, number>) => falseDiscoveryBound([...values.values()], falseDiscoveryRate);
  const bound = boundOf(pValues);
  return (key, found, sensitivity) => {
    if (found.length === 0) return [];
    const most = all.get(key) === found ? bound : boundOf(new Map(pValues).set(key, pValueOf(found)));
    return pValueOf(found) <= most ? notable(found, sensitivity) : [];
  };
}
