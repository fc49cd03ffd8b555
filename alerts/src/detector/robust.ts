/** Index of the first element that is not below `value`, in an ascending list. */
export function lowerBound(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const ascending = (values: ArrayLike<number>): Float64Array => new Float64Array(values).sort();

/** Of an ascending list; 0 of an empty one. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export const median = (values: ArrayLike<number>): number => quantile(ascending(values), 0.5);

/** The median of the distances to `center`, from an ascending list, without sorting again. */
export function medianDistance(sorted: ArrayLike<number>, center: number): number {
  let right = lowerBound(sorted, center);
  let left = right - 1;
  let distance = 0;
  for (let seen = 0; seen <= sorted.length >>> 1; seen++) {
    const below = left >= 0 ? center - (sorted[left] ?? 0) : Number.POSITIVE_INFINITY;
    const above = right < sorted.length ? (sorted[right] ?? 0) - center : Number.POSITIVE_INFINITY;
    if (Math.min(below, above) === Number.POSITIVE_INFINITY) break;
    distance = Math.min(below, above);
    if (below < above) left -= 1;
    else right += 1;
  }
  return distance;
}

/** Makes the median distance of normal noise its standard deviation. */
export const MAD_TO_SIGMA = 1.4826;
