import { notable, type Sensitivity, type Surprise } from './detect.ts';
import { falseDiscoveryBound, normalTail } from './tail.ts';

/** Of a series as a whole: what its windows say is one finding. */
const chanceOf = (found: readonly Surprise[]) => normalTail(Math.max(...found.map(({ z }) => z)));

/**
 * Which of many series to believe: Benjamini–Hochberg over all that were looked at together. What is asked may be the finding of a series or
 * the same restated at other prices, which then is one of the many with the chance that it has so.
 * @returns for a series what is large in every respect, if it is believed
 */
export function beliefIn(
  all: ReadonlyMap<string, readonly Surprise[]>,
  falseDiscoveryRate: number,
): (key: string, found: readonly Surprise[], sensitivity: Sensitivity) => readonly Surprise[] {
  const chances = new Map([...all].flatMap(([key, found]) => (found.length > 0 ? [[key, chanceOf(found)] as const] : [])));
  const boundOf = (values: ReadonlyMap<string, number>) => falseDiscoveryBound([...values.values()], falseDiscoveryRate);
  const bound = boundOf(chances);
  return (key, found, sensitivity) => {
    if (found.length === 0) return [];
    const most = all.get(key) === found ? bound : boundOf(new Map(chances).set(key, chanceOf(found)));
    return chanceOf(found) <= most ? notable(found, sensitivity) : [];
  };
}
