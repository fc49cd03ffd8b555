import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { anthropicBehaviours } from './anthropic-behaviours.cjs';
import { openaiBehaviours } from './openai-behaviours.cjs';
import { runBehaviours } from './run-behaviours.cjs';

const urls = { baseUrl: process.env.BASE_URL, flakyUrl: process.env.FLAKY_URL, closedUrl: process.env.CLOSED_URL };
const seen = {
  openai: await runBehaviours(openaiBehaviours(OpenAI, urls), 'openai'),
  anthropic: await runBehaviours(anthropicBehaviours(Anthropic, urls), 'anthropic'),
};
process.stdout.write(JSON.stringify(seen));
