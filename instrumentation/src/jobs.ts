import type { ObservedCall } from './observed-call.ts';
import { startTimer, stopTimer } from './timers.ts';

interface Job {
  readonly call: ObservedCall;
  readonly emit: () => void;
  readonly timer: NodeJS.Timeout;
}

/** A job nobody asks for any more is told as it was last seen. */
const PATIENCE_MS = 60 * 60 * 1000;
const MAX_JOBS = 1_000;
const MAX_FINISHED = 10_000;
const jobs = new Map<string, Job>();
const finished = new Set<string>();

/** A request that only started work at the provider (background responses, predictions) waits for its result. */
export function settleJob(call: ObservedCall, emit: () => void): void {
  const id = call.jobId ?? call.responseId;
  if (!call.isPending || id === undefined || jobs.size >= MAX_JOBS) return emit();
  jobs.set(id, { call, emit, timer: startTimer(() => take(id)?.emit(), PATIENCE_MS).unref() });
}

/**
 * Somebody asked how a job is. Its first final answer completes the call that started it, or stands for it if another process did and the
 * answer says that it is a job's (`mayStand`).
 */
export function settlePoll(poll: ObservedCall, emit: () => void, mayStand = true): void {
  const id = poll.jobId ?? poll.responseId;
  const isAnswered = poll.status !== undefined && poll.status < 400;
  if (id === undefined || poll.isPending !== false || !isAnswered || finished.has(id)) return;
  const job = take(id);
  if (!job && !mayStand) return;
  remember(id);
  if (!job) return emit();
  Object.assign(job.call.usage, poll.usage);
  Object.assign(job.call.attributes, poll.attributes);
  job.call.inner = poll.inner;
  job.call.reportedCostUsd = poll.reportedCostUsd;
  job.call.responseId ??= poll.responseId;
  job.call.responseModel = poll.responseModel ?? job.call.responseModel;
  job.call.finishReasons.push(...poll.finishReasons);
  job.call.endMs = poll.endMs;
  job.call.error = poll.error;
  job.emit();
}

/** The process ends: jobs are told as they are known. */
export function settleAllJobs(): void {
  for (const id of jobs.keys()) take(id)?.emit();
}

function take(id: string): Job | undefined {
  const job = jobs.get(id);
  stopTimer(job?.timer);
  jobs.delete(id);
  return job;
}

function remember(id: string): void {
  finished.add(id);
  const [oldest] = finished.size > MAX_FINISHED ? finished : [];
  if (oldest) finished.delete(oldest);
}
