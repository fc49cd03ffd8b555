/**
 * What the backend of the Infinity data source does with a JSON answer, as far as our targets use it: typed columns in the order of
 * their names, and long rows to wide series. Pure; the contract test reads the API's answers with it too.
 */

interface InfinityColumn {
  readonly selector: string;
  readonly text: string;
  readonly type: 'string' | 'number' | 'boolean' | 'timestamp_epoch' | 'timestamp';
}

export interface InfinityTarget {
  readonly refId: string;
  readonly format: 'table' | 'timeseries' | 'dataframe';
  readonly url: string;
  readonly url_options: { readonly params: readonly { readonly key: string; readonly value: string }[] };
  readonly columns: readonly InfinityColumn[];
}

type Cell = string | number | boolean | null;

/** A field of a Grafana data frame; `type` is a Grafana FieldType. */
export interface FrameField {
  readonly name: string;
  readonly type: 'string' | 'number' | 'boolean' | 'time';
  readonly labels?: Readonly<Record<string, string>>;
  readonly values: readonly Cell[];
}

type Row = Readonly<Record<string, unknown>>;

const FIELD_TYPES = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  timestamp: 'time',
  timestamp_epoch: 'time',
} as const;

export function toFrameFields(
  { columns, format }: Pick<InfinityTarget, 'columns' | 'format'>,
  rows: readonly Row[],
): readonly FrameField[] {
  const fields = columns
    .map(({ selector, text, type }): FrameField => ({
      name: text,
      type: FIELD_TYPES[type],
      values: rows.map((row) => toCell(row[selector], type)),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return format === 'timeseries' ? longToWide(fields) : fields;
}

/** What cannot be read as its type is null, as in the plugin. Decimal text is a number. */
function toCell(value: unknown, type: InfinityColumn['type']): Cell {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'timestamp':
      return typeof value === 'string' ? finite(Date.parse(value)) : null;
    case 'number':
    case 'timestamp_epoch':
      return value === '' ? null : finite(Number(value));
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** One series per number column and combination of texts, which become its labels. Rows must ascend in time. */
function longToWide(fields: readonly FrameField[]): readonly FrameField[] {
  const time = fields.find(({ type }) => type === 'time');
  const texts = fields.filter(({ type }) => type === 'string');
  if (!time || texts.length === 0) return fields;
  const times = [...new Set(time.values)];
  const position = new Map(times.map((at, index) => [at, index]));
  const series = new Map<string, FrameField & { readonly values: Cell[] }>();
  for (const [row, at] of time.values.entries()) {
    const labels = Object.fromEntries(texts.map(({ name, values }) => [name, String(values[row] ?? '')]));
    for (const { name, type, values } of fields) {
      if (type !== 'number') continue;
      const key = JSON.stringify([name, labels]);
      const found = series.get(key) ?? { name, type, labels, values: times.map(() => null) };
      found.values[position.get(at) ?? 0] = values[row] ?? null;
      series.set(key, found);
    }
  }
  return [{ ...time, values: times }, ...series.values()];
}
