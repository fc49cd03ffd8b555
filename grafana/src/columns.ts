import { DatetimeISO, Days, Dollars, Milliseconds, PercentUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import type { InfinityColumn } from './infinity-query.ts';

/** A column of an answer, its name in the panel, and how it is shown. */
export interface Column extends InfinityColumn {
  /** Absent: text. */
  readonly unit?: string;
  readonly decimals?: number;
  /** Draws a bar behind the number. */
  readonly gauge?: boolean;
  /** Where a click on a value leads. */
  readonly link?: Link;
  readonly width?: number;
  /** Of a column that takes what room there is. */
  readonly minWidth?: number;
  /** What colour the line of it has, where it always means the same. */
  readonly color?: string;
  /** What stands in place of every value that there is: of ids that are for the link alone. */
  readonly as?: string;
  /** What is said in place of a value. */
  readonly says?: Readonly<Record<string, string>>;
  /** The number or text decides the colour. */
  readonly colors?: Readonly<Record<string, string>>;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

type Looks = Partial<Omit<Column, keyof InfinityColumn>>;

const numeric =
  (unit: string, usual: Looks = {}) =>
  (selector: string, name: string, looks: Looks = {}): Column => ({ selector, text: name, type: 'number', unit, ...usual, ...looks });

export const dollars = numeric(Dollars);
export const count = numeric(Short);
export const percent = numeric(PercentUnit, { decimals: 1 });
export const plainNumber = numeric(Short, { decimals: 2 });
export const milliseconds = numeric(Milliseconds);
/** Of tokens, say: Grafana has no unit for it. */
export const PER_SECOND = 'suffix: /s';
export const perSecond = numeric(PER_SECOND, { decimals: 0 });
export const seconds = numeric(Seconds);
export const days = numeric(Days);

export const words = (selector: string, name: string, looks: Looks = {}): Column => ({ selector, text: name, type: 'string', ...looks });
export const moment = (selector: string, name: string, looks: Looks = {}): Column => ({
  selector,
  text: name,
  type: 'timestamp_epoch',
  unit: DatetimeISO,
  width: 170,
  ...looks,
});

export const TIME: Column = { selector: 'time', text: 'time', type: 'timestamp_epoch' };
export const SERIES: Column = words('series', 'series');
