import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import type { Chance } from './chance.ts';

export interface Providers {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

/** One thing the app does for somebody, with one or more calls to a model. */
export interface Task {
  readonly team: string;
  readonly feature: string;
  /** How often it happens, compared with the others. */
  readonly weight: number;
  /** Calls to a model when none fails; 1 unless said. */
  readonly calls?: number;
  run(providers: Providers, chance: Chance): Promise<void>;
}
