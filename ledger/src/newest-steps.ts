/** Rows of one insert were recorded at one moment: of those the newest is what was received last. */
export const NEWEST_STEP = 'recorded_at DESC, received_time DESC';

/** Steps as they were told last, behind FROM: one that was sent again is another row. What is chosen by what a step says is chosen of those. */
export const newestStepsOf = (where: string) => `spans\nWHERE ${where}\nORDER BY ${NEWEST_STEP} LIMIT 1 BY tenant, trace_id, span_id`;

/** The same as a subquery. What is not asked of them is not read. */
export const newestStepsSql = (where: string) => `(SELECT * FROM ${newestStepsOf(where)})`;
