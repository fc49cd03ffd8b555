import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Logger, pino } from 'pino';
import type { Front, FrontOptions } from './front.ts';
import { type FromFront, type Question, type ThreadData, toError, toProblem } from './messages.ts';

/** The thread ended before it answered. What it had taken is in the journal. */
export class FrontEndedError extends Error {
  override readonly name = 'FrontEndedError';
}

export interface FrontThread extends Front {
  /** Resolves when it is gone, with the error that ended it, if one did. */
  readonly gone: Promise<Error | undefined>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** For what still runs in the thread when it was told to end. To cut it off meanwhile is to take memory from under native code. */
const END_MS = 1000;

/** Of a request little is left when it is answered. More room would only hold more garbage. */
const YOUNG_MIB = 12;
/** What the command's first line says of the young generation is for its own thread: V8 would take it before what a thread is given. */
const AS_GIVEN = '--max-semi-space-size=0';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** @throws what opening the journal throws */
export async function startFrontThread(options: FrontOptions, log: Logger): Promise<FrontThread> {
  setFlagsFromString(AS_GIVEN);
  const worker = new Worker(new URL('./main.ts', import.meta.url), {
    workerData: { options, compileCacheDir: compileCacheDir() } satisfies ThreadData,
    name: 'tokenledger-front',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let problem: Error | undefined;
  let isGone = false;

  const opened = Promise.withResolvers<Front['recovered']>();
  worker.on('message', (message: FromFront) => {
    switch (message.type) {
      case 'opened':
        return opened.resolve(message.recovered);
      case 'failed':
        return opened.reject(toError(message.problem));
      case 'answer':
        return waitingFor(message.id)?.resolve(message.answer as never);
      case 'problem':
        return waitingFor(message.id)?.reject(toError(message.problem));
      case 'log':
        return writeLine(log, message.line);
    }
  });
  worker.on('error', (error) => {
    problem = toError(toProblem(error));
  });
  const gone = new Promise<Error | undefined>((resolve) => {
    worker.on('exit', () => {
      isGone = true;
      const ended = new FrontEndedError('the receiving thread ended', { cause: problem });
      opened.reject(ended);
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
      resolve(problem);
    });
  });

  function waitingFor(id: number): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  }

  /** The answer comes from the method of this name, so it is of its type. */
  function ask<Name extends Question>(question: Name, ...about: Parameters<Front[Name]>): Promise<Awaited<ReturnType<Front[Name]>>> {
    return new Promise((resolve, reject) => {
      if (isGone) return reject(new FrontEndedError('the receiving thread ended', { cause: problem }));
      const id = ++asked;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, question, about });
    });
  }
  /** Nobody waits for the answer; a thread that is gone counts no more. */
  const tell: typeof ask = (question, ...about) => {
    const answer = ask(question, ...about);
    answer.catch(() => undefined);
    return answer;
  };
  const kill = async () => void (await worker.terminate());

  try {
    return {
      recovered: await opened.promise,
      listen: () => ask('listen'),
      next: () => ask('next'),
      ready: () => ask('ready'),
      done: (number, outcome) => ask('done', number, outcome),
      reuse: (number) => void tell('reuse', number),
      books: () => ask('books'),
      metrics: () => ask('metrics'),
      refusal: () => ask('refusal'),
      retried: () => void tell('retried'),
      settled: (entries) => void tell('settled', entries),
      seal: () => ask('seal'),
      async end() {
        await ask('end');
        await Promise.race([gone, sleep(END_MS, undefined, { ref: false })]);
        await kill();
      },
      gone,
      kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** As `enableCompileCache` takes it: Node adds a folder for its own version. */
function compileCacheDir(): string | undefined {
  const directory = getCompileCacheDir();
  return directory === undefined ? undefined : dirname(directory);
}

/** A line that the thread's logger made becomes a line of ours, with its level. */
function writeLine(log: Logger, line: string): void {
  const { level, msg, ...fields } = JSON.parse(line) as { level: number; msg: string };
  const label = pino.levels.labels[level];
  if (label !== undefined) log[label as pino.Level](fields, msg);
}
