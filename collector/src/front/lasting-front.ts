import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Books } from '../books.ts';
import type { Addresses, Front, FrontOptions } from './front.ts';
import { FrontEndedError, type FrontThread, startFrontThread } from './front-thread.ts';
import { giveWay } from './give-way.ts';

/** A front that is started again when its thread ends: as after a crash of the process, the journal then tells what is not stored yet. */
export interface LastingFront extends Omit<Front, 'recovered' | 'retried' | 'settled'> {
  readonly recovered: () => Front['recovered'];
  /** True while a segment waits that may have been written in part. They come first. */
  readonly isRecovering: () => boolean;
  readonly retried: () => void;
  readonly settled: (entries: number) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** @throws DirectoryInUseError */
export async function startLastingFront(options: FrontOptions, log: Logger): Promise<LastingFront> {
  let thread = await startFrontThread(options, log);
  giveWay(log);
  /** Which one handed out the segments that are being stored: what is done of them is its business alone. */
  let handedOutBy = thread;
  /** The one that is there, or will be. */
  let current: Promise<FrontThread> = Promise.resolve(thread);
  let isRecovering = thread.recovered.isInterrupted;
  let addresses: Addresses | undefined;
  let last: { readonly books: Books; readonly metrics: string } | undefined;
  let isEnding = false;
  watch(thread);

  function watch(watched: FrontThread): void {
    void watched.gone.then((problem) => {
      if (isEnding) return;
      log.error({ err: problem }, 'the receiving thread ended; it is started again from its journal');
      current = startAgain();
    });
  }

  async function startAgain(): Promise<FrontThread> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        thread = await startFrontThread({ ...options, ...portsOf(addresses) }, log);
        isRecovering = thread.recovered.isInterrupted;
        if (addresses) await thread.listen();
        log.info({ ...addresses, recovered: thread.recovered.spans }, 'the receiving thread listens again');
        watch(thread);
        return thread;
      } catch (error) {
        if (isEnding) throw error;
        log.error({ err: error }, 'the receiving thread could not be started again');
        await thread.kill();
        await sleep(wait);
      }
    }
  }

  /** A question that may be asked twice. */
  async function askAnyone<Answer>(question: (front: FrontThread) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const asked = await current;
      try {
        return await question(asked);
      } catch (error) {
        if (!(error instanceof FrontEndedError) || isEnding) throw error;
        await asked.gone;
      }
    }
  }

  return {
    recovered: () => thread.recovered,
    isRecovering: () => isRecovering,
    async listen() {
      addresses = await thread.listen();
      return addresses;
    },
    async next() {
      handedOutBy = await current;
      return handedOutBy.next();
    },
    ready: () => handedOutBy.ready(),
    async done(number, outcome) {
      await handedOutBy.done(number, outcome);
      isRecovering = false;
    },
    reuse: (number) => thread.reuse(number),
    books: async () => last?.books ?? askAnyone((front) => front.books()),
    metrics: async () => last?.metrics ?? askAnyone((front) => front.metrics()),
    refusal: async () => (last ? 'the collector has stopped' : askAnyone((front) => front.refusal())),
    retried: () => thread.retried(),
    settled: (entries) => thread.settled(entries),
    seal: async () => (await current).seal(),
    async end() {
      isEnding = true;
      const ended = await current;
      const [books, metrics] = await Promise.all([ended.books(), ended.metrics()]);
      last = { books, metrics };
      await ended.end();
    },
  };
}

function portsOf(addresses: Addresses | undefined): Partial<Pick<FrontOptions, 'port' | 'grpcPort'>> {
  if (!addresses) return {};
  const portOf = (url: string) => Number(new URL(url).port);
  return { port: portOf(addresses.url), ...(addresses.grpcUrl !== undefined && { grpcPort: portOf(addresses.grpcUrl) }) };
}
