import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import type { Connection, Verdict } from './chdb.ts';
import { refuse } from './clickhouse-error.ts';
import { checkFormat } from './formats.ts';
import type { JudgedReads } from './judged-reads.ts';
import type { Lane, Lanes } from './lanes.ts';
import { quoteText } from './quote.ts';
import { receive } from './receive.ts';
import type { SpooledData } from './spooled-data.ts';
import { NOTHING, type Reply } from './reply.ts';
import { readThroughFifo } from './result-pipe.ts';
import type { NamedSessions } from './sessions.ts';
import { preamble, type ReadonlyLevel } from './settings.ts';
import type { SpareConnection } from './spare-connection.ts';
import { namesFileFunction, refuseFile, type Statement } from './statement.ts';

/** What a query runs on. */
export interface Workplace {
  readonly connect: () => Connection;
  readonly spare: SpareConnection;
  readonly judged: JudgedReads;
  readonly lanes: Lanes;
  readonly sessions: NamedSessions;
  /** The process's working directory: FIFOs and data files are named relative to it. */
  readonly spoolDir: string;
}

export interface QueryContext {
  readonly request: IncomingMessage;
  readonly params: URLSearchParams;
  readonly account: Account;
  readonly reply: Reply;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
}

/** Results up to this size are held until their outcome is known; see Reply.stream. */
const HOLD_BYTES = 2 ** 18;
const KILL_INTERVAL_MS = 200;
const SESSION_TIMEOUT_SECONDS = 60;

/** One query: receive → wait for a lane → connection → run → answer. Throws what is to be answered as an error. */
export async function runQuery(workplace: Workplace, context: QueryContext): Promise<void> {
  const { statement, data } = await receive(context.request, context.params, workplace.spoolDir);
  try {
    if (context.account.readonly && statement.kind !== 'read') throw refuse('READONLY', 'Cannot execute query in readonly mode.');
    await workplace.lanes.run(statement.kind, context.gone, (lane) =>
      withConnection(workplace, context, (connection, fresh) =>
        execute({ ...context, workplace, lane, connection, fresh, statement, data }),
      ),
    );
  } finally {
    await data?.remove();
  }
}

/** A connection of the request's own, so that its settings die with it; or the one of its session_id. */
async function withConnection(
  { connect, spare, sessions }: Workplace,
  context: QueryContext,
  task: (connection: Connection, fresh: boolean) => Promise<void>,
): Promise<void> {
  const { params } = context;
  const sessionId = params.get('session_id');
  if (sessionId !== null && sessionId !== '') {
    const timeoutMs = 1000 * (Number(params.get('session_timeout')) || SESSION_TIMEOUT_SECONDS);
    const options = { mustExist: params.get('session_check') === '1', timeoutMs, close: params.get('close_session') === '1' };
    return sessions.use(sessionId, options, task);
  }
  const database = databaseOf(context);
  const prepared = database === undefined ? undefined : spare.take(database);
  const connection = prepared ?? connect();
  // Once the statement is on its way.
  if (database !== undefined) setImmediate(() => spare.prepare(database));
  try {
    await task(connection, prepared === undefined);
  } finally {
    connection.close();
  }
}

function databaseOf({ params, request }: QueryContext): string | undefined {
  return params.get('database') || request.headers['x-clickhouse-database']?.toString() || undefined;
}

interface Execution extends QueryContext {
  readonly workplace: Workplace;
  readonly lane: Lane;
  readonly connection: Connection;
  /** The connection has no database of its own yet. */
  readonly fresh: boolean;
  readonly statement: Statement;
  readonly data: SpooledData | undefined;
}

async function execute(execution: Execution): Promise<void> {
  const { statement, connection, params, reply, data } = execution;
  const sql = toSql(execution);
  if (namesFileFunction(sql.plain, params)) throw refuseFile();
  const handle = randomUUID();
  const level = await readonlyLevel(execution, sql.plain);
  const before = preamble(params, execution.fresh ? databaseOf(execution) : undefined, level, handle);

  if (statement.kind === 'read') return answer(execution, statement, before + sql.full, handle);
  if (data?.bytes === 0) return reply.finish(undefined, NOTHING);
  const result = await connection.query(before + sql.full, params.get('default_format') ?? undefined);
  reply.finish(result, data === undefined ? NOTHING : { rows: result.rowsRead, bytes: result.bytesRead });
}

async function answer(execution: Execution, statement: Read, sql: string, handle: string): Promise<void> {
  const { workplace, lane, connection, reply, gone } = execution;
  const format = formatOf(statement, execution);
  const stopKilling = killWhenGone(workplace, handle, gone);
  try {
    if (isWhole(execution)) return await reply.whole(await connection.query(sql), format, gone);
    const running = readThroughFifo(join(workplace.spoolDir, lane.fifo), () => connection.query(sql));
    try {
      await reply.stream(running, format, HOLD_BYTES, gone);
    } finally {
      running.bytes.destroy();
      await running.outcome;
    }
  } finally {
    stopKilling();
  }
}

/** Whether the client waits for the whole result, which then lies in memory and takes a tenth less time, if it is short. */
const isWhole = ({ params }: QueryContext) => params.get('wait_end_of_query') === '1';

type Read = Statement & { kind: 'read' };

/** `plain`: the client's statement alone, for the parser; `full`: with the engine's way of moving data in and out. */
function toSql(execution: Execution): { plain: string; full: string } {
  const { statement, data, lane } = execution;
  switch (statement.kind) {
    case 'read': {
      const plain = utf8(statement.body);
      const out = isWhole(execution) ? '' : `INTO OUTFILE ${quoteText(lane.fifo)} TRUNCATE `;
      return { plain, full: `${plain}\n${out}FORMAT ${formatOf(statement, execution)} ${utf8(statement.settings)}` };
    }
    case 'load': {
      const source = `FROM INFILE ${quoteText(data?.file ?? '')} ${utf8(statement.settings)} FORMAT ${checkFormat(statement.format)}`;
      const full = `${utf8(statement.head)}\n${source}`;
      return { plain: full, full };
    }
    case 'control':
    case 'other': {
      const plain = utf8(statement.sql);
      return { plain, full: plain };
    }
  }
}

function formatOf(statement: Read, { request, params }: QueryContext): string {
  const format = statement.format ?? request.headers['x-clickhouse-format'] ?? params.get('default_format') ?? 'TabSeparated';
  return checkFormat(String(format));
}

/**
 * How much a statement may do. The engine's own parser has the last word on what the lexer decided: it must count one
 * statement, and a read must only read. What it cannot parse runs readonly, for the sake of its error message.
 */
async function readonlyLevel(
  { workplace, account, connection, statement, params, request }: Execution,
  sql: string,
): Promise<ReadonlyLevel> {
  const isRead = statement.kind === 'read';
  const isJudged = isRead && workplace.judged.has(sql);
  const { statementCount, queryClass } = isJudged ? ONE_READ : await connection.classify(sql);
  if (statementCount > 1) throw refuse('SYNTAX_ERROR', 'Syntax error: Multi-statements are not allowed.');
  if (statementCount === 1 && isRead && queryClass !== 0) throw refuse('READONLY', 'Cannot execute query in readonly mode.');
  if (statementCount === 1 && isRead && !isJudged) workplace.judged.add(sql);
  const asked = params.get('readonly');
  if (account.readonly || asked === '1' || statementCount === 0) return 1;
  return isRead || asked === '2' || request.method === 'GET' ? 2 : 0;
}

const ONE_READ: Verdict = { statementCount: 1, queryClass: 0 };

/** Kills the statement once its client is gone, again and again: it may not have started yet. Returns how to stop that. */
function killWhenGone({ connect }: Workplace, handle: string, gone: AbortSignal): () => void {
  let isSettled = false;
  const kill = async (): Promise<void> => {
    const connection = connect();
    // A failure is as good as a miss: the next round tries again. Never SYNC, which can hang.
    await connection.query(`KILL QUERY WHERE Settings['log_comment'] = ${quoteText(handle)} ASYNC`).catch(() => undefined);
    connection.close();
    if (!isSettled) setTimeout(() => void kill(), KILL_INTERVAL_MS);
  };
  const begin = () => void kill();
  if (gone.aborted) begin();
  else gone.addEventListener('abort', begin, { once: true });
  return () => {
    isSettled = true;
    gone.removeEventListener('abort', begin);
  };
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
