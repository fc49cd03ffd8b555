const Anthropic = require('@anthropic-ai/sdk');
const OpenAI = require('openai');
const { anthropicBehaviours } = require('./anthropic-behaviours.cjs');
const { openaiBehaviours } = require('./openai-behaviours.cjs');
const { runBehaviours } = require('./run-behaviours.cjs');

const urls = { baseUrl: process.env.BASE_URL, flakyUrl: process.env.FLAKY_URL, closedUrl: process.env.CLOSED_URL };
const main = async () => {
  const seen = {
    openai: await runBehaviours(openaiBehaviours(OpenAI, urls), 'openai'),
    anthropic: await runBehaviours(anthropicBehaviours(Anthropic, urls), 'anthropic'),
  };
  process.stdout.write(JSON.stringify(seen));
};
void main();
