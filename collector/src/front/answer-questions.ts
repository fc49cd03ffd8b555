import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { Front } from './front.ts';
import { type Asked, type FromFront, type ThreadData, toProblem } from './messages.ts';
import { openFront } from './open-front.ts';

const { options } = workerData as ThreadData;
const send = (message: FromFront): void => parentPort?.postMessage(message);
const log = pino({ level: options.logLevel, base: null, timestamp: false }, { write: (line: string) => send({ type: 'log', line }) });

try {
  const front = await openFront(options, log);
  parentPort?.on('message', (asked: Asked) => void answer(front, asked));
  send({ type: 'opened', recovered: front.recovered });
} catch (error) {
  send({ type: 'failed', problem: toProblem(error) });
}

async function answer(front: Front, { id, question, about }: Asked): Promise<void> {
  try {
    const method = front[question] as (...about: readonly unknown[]) => unknown;
    send({ type: 'answer', id, answer: await method(...about) });
    // Nothing is asked after this: the thread ends when what it has under way is finished, and not in the middle of it.
    if (question === 'end') parentPort?.unref();
  } catch (error) {
    send({ type: 'problem', id, problem: toProblem(error) });
  }
}
