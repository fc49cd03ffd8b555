import type { SeasonName } from './season.ts';

/** `[median, spread]` of a log-normal size. */
type Size = readonly [median: number, spread: number];

interface Owner {
  readonly team?: string;
  readonly feature?: string;
  readonly service: string;
  readonly environment: 'production' | 'staging';
}

/** Requests of one kind, each on its own or inside a trace of `pipeline`. */
export interface Workload extends Owner {
  readonly provider: string;
  readonly model: string;
  /** What the app asks for, where the answer names another. */
  readonly requestModel?: string;
  readonly operation: 'chat' | 'embeddings' | 'speech' | 'transcription' | 'image_generation';
  /** On a weekday. */
  readonly perDay: number;
  /** By how much it grows in thirty days. */
  readonly growth?: number;
  readonly season: SeasonName;
  readonly input: Size;
  /** Of the input, read from the cache when it is hit. */
  readonly cached?: number;
  readonly output: Size;
  /** Reasoning tokens per token of visible output. */
  readonly reasoning?: Size;
  /** Of input and output, the part that is sound or picture. */
  readonly audio?: { readonly input: number; readonly output: number };
  readonly image?: { readonly output: number };
  readonly promptName?: string;
  readonly templates: number;
  readonly promptsPerTemplate: number;
  readonly users: number;
  readonly hasCustomers?: boolean;
  readonly streamed: number;
  readonly errors: number;
  /** Streams that end without usage: the import estimates. */
  readonly estimated?: number;
  readonly serviceTier?: string;
  readonly region?: string;
  readonly gateway?: string;
  readonly scope?: { readonly name: string; readonly version: string };
  readonly pipeline?: 'retrieval';
}

export interface AgentWorkload extends Owner {
  readonly team: string;
  readonly feature: string;
  readonly agent: string;
  readonly provider: string;
  readonly model: string;
  readonly requestModel: string;
  readonly runsPerDay: number;
  readonly season: SeasonName;
  /** Turns of a run. */
  readonly turns: Size;
  /** Tokens that the first turn sends; each further turn adds what came before. */
  readonly context: Size;
  readonly added: Size;
  readonly cached: number;
  readonly output: Size;
  readonly reasoning?: Size;
  readonly tools: readonly [string, ...string[]];
  readonly outcome: string;
  readonly success: number;
  readonly users: number;
}

/** Developers' own assistants, which tell of their requests in log events. */
export interface CodingAgent {
  readonly tool: 'claude-code' | 'codex' | 'gemini-cli';
  readonly models: readonly [string, ...string[]];
  readonly developers: number;
  readonly sessionsPerDay: number;
  readonly requests: Size;
}
