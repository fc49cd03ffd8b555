/** Steps as they were told last: one that was sent again is another row. What is not asked of them is not read. */
export const newestStepsSql = (where: string) =>
  `(SELECT * FROM spans WHERE ${where} ORDER BY recorded_at DESC LIMIT 1 BY tenant, trace_id, span_id)`;
