import { setTimeout as sleep } from 'node:timers/promises';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';

/**
 * Sends requests made of consecutive numbers, each again and again until it is answered 200, as exporters do. From then on its
 * calls are obligations. Every third call has a parent that arrives in a request of its own, before or after it, and every fourth
 * request an old one is sent once more, as after an answer that was lost.
 */
export interface Oracle {
  /** Numbers of the calls that were answered 200. */
  readonly obligations: ReadonlySet<number>;
  readonly attempts: () => number;
  /** Requests that were told to come again. */
  readonly refused: () => number;
  /** Sends on until it is stopped; requests that have begun are brought to their end. */
  run(clients: number): Promise<void>;
  stop(): void;
}

export function createOracle(url: () => string, onRefused?: (answer: string) => void): Oracle {
  const obligations = new Set<number>();
  let next = 1;
  let attempts = 0;
  let refused = 0;
  let stopped = false;

  async function deliver(spans: readonly Json[]): Promise<void> {
    const body = new Uint8Array(toProtobuf(tracesRequest(spans)));
    for (;;) {
      attempts++;
      try {
        const response = await fetch(`${url()}/v1/traces`, { method: 'POST', body, headers: { 'content-type': 'application/x-protobuf' } });
        await response.arrayBuffer();
        if (response.status === 200) return;
        refused++;
        onRefused?.(`${response.status} retry-after: ${response.headers.get('retry-after')}`);
        if (response.status !== 503) throw new TypeError(`unexpected answer ${response.status}`);
      } catch (error) {
        if (!(error instanceof Error) || (error instanceof TypeError && error.cause === undefined)) throw error;
      }
      await sleep(20);
    }
  }

  async function client(): Promise<void> {
    for (;;) {
      if (stopped) return;
      const numbers = Array.from({ length: 1 + (next % 5) }, () => next++);
      const parents = numbers.filter(hasParent).map(parentOf);
      if (next % 2 === 0) await deliver(parents);
      await deliver(numbers.map(callOf));
      for (const number of numbers) obligations.add(number);
      const old = numbers.map((number) => number - RESENT_AFTER).filter((number) => obligations.has(number));
      if (next % 4 === 0 && old.length > 0) await deliver(old.map(callOf));
      if (next % 2 === 1) await deliver(parents);
    }
  }

  return {
    obligations,
    attempts: () => attempts,
    refused: () => refused,
    async run(clients) {
      await Promise.all(Array.from({ length: clients }, client));
    },
    stop() {
      stopped = true;
    },
  };
}

const hasParent = (number: number) => number % 3 === 0;
const PARENT_IDS = 1e9;
const RESENT_AFTER = 40;

/** Recent, so that no rollup has forgotten it; the same however often a call is sent. */
const began = BigInt(Date.now() - 60_000) * 1_000_000n;
const times = { startTimeUnixNano: String(began), endTimeUnixNano: String(began + 1_500_000_000n) };

function callOf(number: number): Json {
  const parent = hasParent(number) && { parentSpanId: chatSpan(number + PARENT_IDS)['spanId'] };
  return { ...chatSpan(number), ...times, ...parent };
}

function parentOf(number: number): Json {
  const attributes = [text('gen_ai.operation.name', 'invoke_agent')];
  return { ...chatSpan(number + PARENT_IDS), ...times, traceId: chatSpan(number)['traceId'], name: 'agent', attributes };
}

/** gpt-4o: 2.5 USD for a million input tokens, 10 USD for a million output tokens; see `chatSpan`. In pico-USD. */
export const costOf = (number: number): bigint => BigInt(1000 + number) * 2_500_000n + 10n * 10_000_000n;
