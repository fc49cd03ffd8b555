import { createChance, digest } from './chance.ts';
import type { Workload } from './workload.ts';

/** A prompt that is sent again and again. Its input is always the same; its answers are not. */
export interface Prompt {
  readonly template: string;
  readonly exact: string;
  readonly input: number;
  /** Of the answer, and how far answers stray from it: some prompts are settled, others open-ended. */
  readonly output: number;
  readonly spread: number;
  readonly reasoning: number;
}

type Sizes = Pick<Workload, 'feature' | 'model' | 'input' | 'output' | 'reasoning' | 'templates' | 'promptsPerTemplate'>;

const STEADY = 0.08;
const WILD = 0.7;
const WILDEST = 0.9;

export function promptsOf({ feature = 'jobs', model, input, output, reasoning, templates, promptsPerTemplate }: Sizes): readonly Prompt[] {
  const chance = createChance(`prompts/${feature}/${model}`);
  return Array.from({ length: templates }, (_, template) => {
    const spread = STEADY + (WILD - STEADY) * chance.unit() ** 1.5;
    const size = chance.logNormal(1, 0.35);
    return Array.from({ length: promptsPerTemplate }, (_, prompt): Prompt => {
      const scale = size * chance.logNormal(1, 0.3);
      return {
        template: digest(`${feature}/${String(template)}`),
        exact: digest(`${feature}/${String(template)}/${String(prompt)}`),
        input: Math.max(12, Math.round(chance.logNormal(input[0] * size, input[1] * 0.6))),
        output: output[0] * scale,
        spread: Math.min(WILDEST, Math.max(STEADY, spread * chance.logNormal(1, 0.35))),
        reasoning: reasoning ? chance.logNormal(reasoning[0], reasoning[1] * 0.5) : 0,
      };
    });
  }).flat();
}
