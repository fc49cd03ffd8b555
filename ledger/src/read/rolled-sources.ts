import { cover, DAY_MS, HOUR_MS, ROW_TABLES, type Piece, type SegmentRequest, type Source, type TimeRange } from './sources.ts';

const byHour = (table: Source['table'], keptDays: number): Source => ({ table, shape: 'sums', stepMs: HOUR_MS, keptMs: keptDays * DAY_MS });

/** The rollups that answer one kind of question for their whole buckets, from coarse to fine, and the table whose rows they sum, for the rest. */
const SUBJECTS = {
  prompts: {
    tables: [
      { table: 'prompt_1d', shape: 'sums', stepMs: DAY_MS, keptMs: 399 * DAY_MS },
      { table: 'prompt_1ms', shape: 'sums', stepMs: 1, keptMs: 61 * DAY_MS },
    ],
    rows: ROW_TABLES.calls,
  },
  templates: { tables: [byHour('template_1h', 399)], rows: ROW_TABLES.calls },
  runs: { tables: [byHour('run_1h', 399)], rows: ROW_TABLES.calls },
  runSteps: { tables: [byHour('run_step_1h', 399)], rows: ROW_TABLES.spans },
  steps: { tables: [byHour('step_1h', 799)], rows: ROW_TABLES.spans },
  quality: { tables: [byHour('quality_1h', 799)], rows: ROW_TABLES.calls },
} as const satisfies Record<string, { readonly tables: readonly Source[]; readonly rows: Source }>;
export type RolledSubject = keyof typeof SUBJECTS;

/** The parts of a time range that one table answers for. */
export interface SignedSegment {
  readonly source: Source;
  /** Those with a sign of -1 are in whole buckets that stick out of the range, and are taken off. */
  readonly ranges: readonly (TimeRange & { readonly sign: 1 | -1 })[];
}

interface RolledRequest extends Pick<SegmentRequest, 'fromMs' | 'toMs' | 'stepMs' | 'nowMs'> {
  /** False where the question needs what the rollups have not kept. */
  readonly isKnown: boolean;
  /** True where what is added and what is taken off cannot be asked of rows at once. */
  readonly areSignsApart: boolean;
}

/** As `planSegments`, for a question that only some rollups can answer. Each table is asked once, for what is added and what is taken off alike. */
export function planRolled(about: RolledSubject, request: RolledRequest): readonly SignedSegment[] {
  const { fromMs, toMs, stepMs, nowMs, isKnown, areSignsApart } = request;
  const { tables, rows } = SUBJECTS[about];
  const fitting = tables.filter((table) => isKnown && (stepMs === null || stepMs % table.stepMs === 0));
  const pieces = cover({ fromMs, toMs }, [...fitting, rows], { nowMs, isExact: true });
  const groupOf = ({ source, sign }: Piece) => `${source.table} ${areSignsApart && source === rows ? String(sign) : ''}`;
  return [...Map.groupBy(pieces, groupOf).values()].flatMap((of) => {
    const [first] = of;
    return first
      ? [{ source: first.source, ranges: of.map(({ fromMs: from, toMs: to, sign }) => ({ fromMs: from, toMs: to, sign })) }]
      : [];
  });
}
