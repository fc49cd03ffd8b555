import { FieldType, formattedValueToString, getFieldConfigWithMinMax } from '@grafana/data';
import type { DataFrame, Field } from '@grafana/data';
import { TableCellDisplayMode } from '@grafana/schema';
import { measureText } from '@grafana/ui';

/** What the cell of a gauge keeps for its number, and what its table keeps around each cell: Grafana counts the latter as room for the bar. */
const AROUND_NUMBER = 20;
const AROUND_CELL = 13;
const LETTERS = 14;

/**
 * Bars of one column are to be compared. Grafana's table gives each the room that the numbers rendered so far leave, and 13 pixels that
 * are not there, so that all large ones look full: here every row has the room beside the column's longest number, and the largest fills it.
 */
export function withEvenGauges(frame: DataFrame): DataFrame {
  return { ...frame, fields: frame.fields.map((field) => (isGauge(field) ? even(field) : field)) };
}

interface Custom {
  readonly cellOptions?: { readonly type?: TableCellDisplayMode };
  readonly width?: number;
}

const customOf = (field: Field) => field.config.custom as Custom | undefined;
const isGauge = (field: Field) => field.type === FieldType.number && customOf(field)?.cellOptions?.type === TableCellDisplayMode.Gauge;

function even(field: Field): Field {
  const { display, values } = field;
  const width = customOf(field)?.width;
  if (!display || width === undefined) return field;
  const shown = [...new Set<unknown>(values)].map((value) => display(value));
  const [first] = shown;
  if (!first) return field;
  const widthOf = (value: typeof first) => measureText(formattedValueToString(value), LETTERS).width;
  const longest = shown.reduce((widest, value) => (widthOf(value) > widthOf(widest) ? value : widest), first);
  const beside = width - AROUND_NUMBER - widthOf(longest);
  const { min, max } = getFieldConfigWithMinMax(field, false);
  const state = { ...field.state, alignmentFactors: { ...longest } };
  if (typeof max !== 'number' || beside <= AROUND_CELL) return { ...field, state };
  const from = min ?? 0;
  return { ...field, state, config: { ...field.config, min: from, max: from + ((max - from) * beside) / (beside - AROUND_CELL) } };
}
