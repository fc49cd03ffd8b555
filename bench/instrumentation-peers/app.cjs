// What apps do with the OpenAI SDK, one after the other.
const { setTimeout: wait } = require('node:timers/promises');
const OpenAI = require('openai');
const { openaiBehaviours } = require('./openai-behaviours.cjs');
const { runBehaviours } = require('./run-behaviours.cjs');

const { BASE_URL, FLAKY_URL, CLOSED_URL } = process.env;
const urls = { baseUrl: BASE_URL, flakyUrl: FLAKY_URL, closedUrl: CLOSED_URL };

void runBehaviours(openaiBehaviours(OpenAI, urls), 'openai').then(async (result) => {
  process.stdout.write(JSON.stringify(result));
  // Some read a stream to its end behind an app that has left it, and tell of it then.
  await wait(2000);
  await globalThis.flushSpans?.();
  process.exit(0);
});
process.on('unhandledRejection', () => {});
