// Ways below SDKs that a request takes, and ways to take an answer; prints what the app saw of each. The model names the way.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import OpenAI from 'openai';
import {
  Agent,
  Client,
  EnvHttpProxyAgent,
  MockAgent,
  Pool,
  RetryAgent,
  fetch as undiciFetch,
  getGlobalDispatcher,
  interceptors,
  request,
  setGlobalDispatcher,
  stream,
} from 'undici';

const { BASE_URL: base, H2_URL: h2, PROXY_URL: proxy, TLS_URL: tls, UNSTEADY_URL: unsteady } = process.env;
const PATH = '/v1/chat/completions';
const url = `${base}${PATH}`;
const headers = { 'content-type': 'application/json' };
const body = (model, more) => JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
const post = (model, more) => ({ method: 'POST', headers, body: body(model), ...more });
const postStream = (model, more) => ({
  ...post(model, more),
  body: body(model, { stream: true, stream_options: { include_usage: true } }),
});
const usage = async (answer) => (await answer.json()).usage;
const lastUsage = (text) =>
  JSON.parse(
    text
      .split('\n')
      .findLast((line) => line.startsWith('data: {'))
      .slice(6),
  ).usage;
const slow = { ...headers, 'x-simulate': '{"chunk_delay_ms":100}' };

const overH2 = new Agent({ allowH2: true, useH2c: true });
const ways = {
  h2_request: async () => usage((await request(`${h2}${PATH}`, post('h2_request', { dispatcher: overH2 }))).body),
  h2_fetch: async () => usage(await undiciFetch(`${h2}${PATH}`, post('h2_fetch', { dispatcher: overH2 }))),
  h2_stream: async () => lastUsage(await (await undiciFetch(`${h2}${PATH}`, postStream('h2_stream', { dispatcher: overH2 }))).text()),
  h2_sdk: async () => {
    const client = new OpenAI({ apiKey: 'x', baseURL: `${h2}/v1`, fetch: undiciFetch, fetchOptions: { dispatcher: overH2 } });
    return (await client.chat.completions.create({ model: 'h2_sdk', messages: [] })).usage;
  },
  h2_parallel: async () => {
    const asked = Array.from({ length: 5 }, () => undiciFetch(`${h2}${PATH}`, post('h2_parallel', { dispatcher: overH2 })).then(usage));
    return (await Promise.all(asked)).length;
  },
  h2_abort: async () => {
    const answer = await undiciFetch(`${h2}${PATH}`, postStream('h2_abort', { dispatcher: overH2, headers: slow }));
    const reader = answer.body.getReader();
    await reader.read();
    await reader.cancel();
    return answer.status;
  },
  // Of TLS it depends on Node and undici which HTTP they take.
  tls_fetch: async () => usage(await fetch(`${tls}${PATH}`, post('tls_fetch'))),
  tls_undici: async () => lastUsage(await (await undiciFetch(`${tls}${PATH}`, postStream('tls_undici'))).text()),
  dns: async () => {
    const { port } = new URL(url);
    const dispatcher = new Agent().compose(interceptors.dns());
    return usage(await undiciFetch(`http://localhost:${port}${PATH}`, post('dns', { dispatcher })));
  },
  env_proxy_agent: async () => {
    const dispatcher = new EnvHttpProxyAgent({ httpProxy: proxy, noProxy: '' });
    return usage(await undiciFetch(url, post('env_proxy_agent', { dispatcher })));
  },
  env_proxy: async () => {
    const env = {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: proxy,
      http_proxy: proxy,
      NO_PROXY: '',
      ONLY: 'plain',
      MODEL: 'env_proxy',
    };
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    return (await child.stdout.toArray()).join('');
  },
  client: async () => usage((await new Client(base).request({ path: PATH, ...post('client') })).body),
  pool: async () => usage((await new Pool(base).request({ path: PATH, ...post('pool') })).body),
  stream_api: async () => {
    let text = '';
    await stream(url, post('stream_api'), () => new Writable({ write: (chunk, _, done) => done(null, (text += chunk)) }));
    return JSON.parse(text).usage;
  },
  retry_agent: async () => {
    const dispatcher = new RetryAgent(new Agent(), { minTimeout: 1, maxRetries: 2, methods: ['POST'] });
    return usage((await request(`${unsteady}${PATH}`, post('retry_agent', { dispatcher }))).body);
  },
  mock_agent: async () => {
    const before = getGlobalDispatcher();
    const mock = new MockAgent();
    mock.disableNetConnect();
    mock
      .get('http://mocked')
      .intercept({ path: PATH, method: 'POST' })
      .reply(200, { usage: { prompt_tokens: 1 } });
    setGlobalDispatcher(mock);
    const seen = await usage(await fetch(`http://mocked${PATH}`, post('mock_agent'))).catch((error) => error.name);
    setGlobalDispatcher(before);
    return seen;
  },
  keep_alive_agent: async () => {
    const httpAgent = new http.Agent({ keepAlive: true });
    const seen = [];
    for (let times = 0; times < 2; times++)
      seen.push((await axios.post(url, JSON.parse(body('keep_alive_agent')), { httpAgent })).data.usage);
    httpAgent.destroy();
    return seen;
  },
  request_with_init: async () => usage(await fetch(new Request(url, post('other')), { method: 'POST', body: body('request_with_init') })),
  cloned: async () => {
    const answer = await fetch(url, post('cloned'));
    return [await usage(answer.clone()), await usage(answer)];
  },
  teed: async () => {
    const branches = (await fetch(url, postStream('teed'))).body.tee();
    const texts = await Promise.all(branches.map((branch) => new Response(branch).text()));
    return texts.map(lastUsage);
  },
  array_buffer: async () => JSON.parse(Buffer.from(await (await fetch(url, post('array_buffer'))).arrayBuffer()).toString()).usage,
  unread: async () => {
    const { status } = await fetch(url, post('unread'));
    await sleep(200);
    return status;
  },
  cancelled: async () => {
    const answer = await fetch(url, postStream('cancelled', { headers: slow }));
    await answer.body.cancel();
    return answer.bodyUsed;
  },
  timeout_in_body: async () =>
    fetch(url, postStream('timeout_in_body', { headers: slow, signal: AbortSignal.timeout(300) }))
      .then((answer) => answer.text())
      .catch((error) => error.name),
  plain: async () => usage(await fetch(url, post(process.env.MODEL ?? 'plain'))),
};
const seen = {};
for (const [name, way] of Object.entries(ways)) {
  if (process.env.ONLY && name !== process.env.ONLY) continue;
  try {
    seen[name] = await way();
  } catch (error) {
    seen[name] = { error: error.constructor.name, message: String(error.message).slice(0, 300), cause: String(error.cause) };
  }
}
process.stdout.write(JSON.stringify(seen));
await overH2.close();
