import '@tokenledger/instrumentation/register';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { readConfig } from './config.ts';
import { makeTraffic } from './traffic.ts';

const config = readConfig();
const providers = {
  openai: new OpenAI({ apiKey: 'sk-sample', baseURL: `${config.providerUrl}/v1`, maxRetries: 2 }),
  anthropic: new Anthropic({ apiKey: 'sk-ant-sample', baseURL: config.providerUrl, maxRetries: 2 }),
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const { done, failed } = await makeTraffic(config, providers, stop.signal);
console.log(`${done} tasks done, ${failed} failed`);
