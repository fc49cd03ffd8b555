import type { ClickHouseClient } from '@clickhouse/client';
import { unavailable } from './errors.ts';

/** Answered from the parts' least and greatest times, whatever their size. */
const NEWEST_SQL = `SELECT toUnixTimestamp64Milli(greatest((SELECT max(time) FROM calls), (SELECT max(time) FROM spans))) AS newest_ms`;

/** When the latest call or step that the ledger holds began, epoch milliseconds; 0 when it is empty. */
export async function newestMs(client: ClickHouseClient): Promise<number> {
  try {
    const answer = await client.query({ query: NEWEST_SQL, format: 'JSONEachRow' });
    const [row] = await answer.json<{ readonly newest_ms: string }>();
    return Number(row?.newest_ms ?? 0);
  } catch (cause) {
    throw unavailable('cannot read what is newest', cause);
  }
}
