import { LowCardinalityColumn } from './native-column.ts';

/**
 * What a value has in common with others, as one text: the names of its meters, the prices it was charged at. Of each shape a sample is kept, so
 * that a row which looks as expected costs a comparison and no text.
 */
export interface Shape<T, Sample> {
  readonly sampleOf: (value: T) => Sample;
  /** True when `sampleOf(value)` would have the same text. */
  readonly fits: (sample: Sample, value: T) => boolean;
  readonly textOf: (sample: Sample) => string;
}

/** The text of each row's shape. */
export class ShapeColumn<T, Sample> extends LowCardinalityColumn<T> {
  readonly #shape: Shape<T, Sample>;
  /** Of each key in the dictionary. */
  readonly #samples: Sample[] = [];

  constructor(shape: Shape<T, Sample>) {
    super();
    this.#shape = shape;
  }

  override append(value: T): void {
    const expected = this.expected();
    if (expected < this.#samples.length && this.#shape.fits(this.#samples[expected] as Sample, value)) return this.put(expected);
    const sample = this.#shape.sampleOf(value);
    const index = this.indexOf(this.#shape.textOf(sample));
    this.#samples[index] ??= sample;
    this.put(index);
  }

  override restore(): void {
    super.restore();
    this.#samples.length = Math.min(this.#samples.length, this.keys);
  }
}
