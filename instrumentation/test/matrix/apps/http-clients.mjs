// What apps use below SDKs: HTTP clients, odd bodies, proxies, threads; prints what the app saw of each. The model names the use.
import { fork } from 'node:child_process';
import http from 'node:http';
import { Readable } from 'node:stream';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import axios from 'axios';
import got from 'got';
import nodeFetch from 'node-fetch';
import OpenAI from 'openai';
import { Agent, ProxyAgent, fetch as undiciFetch, interceptors, request, setGlobalDispatcher } from 'undici';
import * as undici5 from 'undici-5';
import * as undici6 from 'undici-6';
import * as undici7 from 'undici-7';

const { BASE_URL: base, PROXY_URL: proxy } = process.env;
const url = `${base}/v1/chat/completions`;
const ask = (model, more) => ({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
const headers = { 'content-type': 'application/json' };
const body = (model, more) => JSON.stringify(ask(model, more));
const post = (model, more) => ({ method: 'POST', headers, body: body(model), ...more });
const streamed = { stream: true, stream_options: { include_usage: true } };
const usageOfLines = (text) =>
  JSON.parse(
    text
      .split('\n')
      .findLast((line) => line.startsWith('data: {'))
      .slice(6),
  ).usage;
const client = (options) => new OpenAI({ apiKey: 'test', baseURL: `${base}/v1`, maxRetries: 0, ...options });
const create = async (openai, model) => (await openai.chat.completions.create(ask(model))).usage;
const redirector = http.createServer((incoming, outgoing) => {
  incoming.resume();
  outgoing.writeHead(307, { location: `${base}${incoming.url}` }).end();
});
await new Promise((resolve) => redirector.listen(0, '127.0.0.1', resolve));
const uses = {
  undici_request: async () => (await (await request(url, post('undici_request'))).body.json()).usage,
  undici_fetch: async () => (await (await undiciFetch(url, post('undici_fetch'))).json()).usage,
  undici_stream: async () => usageOfLines(await (await request(url, { ...post(''), body: body('undici_stream', streamed) })).body.text()),
  undici_retry: async () => {
    const dispatcher = new Agent().compose(interceptors.retry(), interceptors.redirect({ maxRedirections: 1 }));
    return (await (await request(url, post('undici_retry', { dispatcher }))).body.json()).usage;
  },
  proxy_tunnel: async () => create(client({ fetchOptions: { dispatcher: new ProxyAgent(proxy) }, fetch: undiciFetch }), 'proxy_tunnel'),
  proxy_forward: async () => {
    const dispatcher = new ProxyAgent({ uri: proxy, proxyTunnel: false });
    return (await (await request(url, post('proxy_forward', { dispatcher }))).body.json()).usage;
  },
  ...Object.fromEntries(
    Object.entries({ undici5, undici6, undici7 }).flatMap(([name, undici]) => [
      [`${name}_request`, async () => (await (await undici.request(url, post(`${name}_request`))).body.json()).usage],
      [`${name}_fetch`, async () => (await (await undici.fetch(url, post(`${name}_fetch`))).json()).usage],
      [
        `${name}_stream`,
        async () => usageOfLines(await (await undici.fetch(url, { ...post(''), body: body(`${name}_stream`, streamed) })).text()),
      ],
      [
        `${name}_proxy`,
        async () => {
          const dispatcher = new undici.ProxyAgent(proxy);
          return create(client({ fetch: undici.fetch, fetchOptions: { dispatcher } }), `${name}_proxy`);
        },
      ],
      // What apps did before they could have a proxy without: on some Node releases it does not go together.
      [
        `${name}_dispatcher`,
        async () =>
          fetch(url, post(`${name}_dispatcher`, { dispatcher: new undici.Agent() })).then(
            (answer) => answer.text().then(() => answer.status),
            (error) => error.name,
          ),
      ],
    ]),
  ),
  custom_fetch: async () => create(client({ fetch: (...args) => fetch(...args) }), 'custom_fetch'),
  global_dispatcher: async () => {
    setGlobalDispatcher(new Agent({ keepAliveTimeout: 10 }));
    return create(client(), 'global_dispatcher');
  },
  request_object: async () => (await (await fetch(new Request(url, post('request_object')))).json()).usage,
  stream_body: async () => {
    const stream = Readable.toWeb(Readable.from([body('stream_body').slice(0, 9), body('stream_body').slice(9)]));
    return (await (await fetch(url, { method: 'POST', headers, body: stream, duplex: 'half' })).json()).usage;
  },
  blob_body: async () => (await (await fetch(url, post('', { body: new Blob([body('blob_body')]) }))).json()).usage,
  redirect: async () =>
    (await (await fetch(`http://127.0.0.1:${redirector.address().port}/v1/chat/completions`, post('redirect'))).json()).usage,
  timeout: async () => {
    const slow = { ...headers, 'x-simulate': '{"delay_ms":2000}' };
    return fetch(url, post('timeout', { headers: slow, signal: AbortSignal.timeout(200) })).catch((error) => error.name);
  },
  axios: async () => (await axios.post(url, ask('axios'))).data.usage,
  axios_stream: async () => usageOfLines((await axios.post(url, ask('axios_stream', streamed), { responseType: 'text' })).data),
  axios_proxy: async () => {
    const { hostname: host, port } = new URL(proxy);
    return (await axios.post(url, ask('axios_proxy'), { proxy: { protocol: 'http', host, port: Number(port) } })).data.usage;
  },
  got: async () => (await got.post(url, { json: ask('got'), retry: { limit: 0 } }).json()).usage,
  node_fetch: async () => (await (await nodeFetch(url, post('node_fetch'))).json()).usage,
  node_fetch_sdk: async () => create(client({ fetch: nodeFetch }), 'node_fetch_sdk'),
  parallel: async () => (await Promise.all(Array.from({ length: 20 }, () => create(client(), 'parallel')))).length,
  worker: async () => new Promise((resolve, reject) => new Worker(new URL(import.meta.url)).once('message', resolve).once('error', reject)),
  child: async () => {
    const child = fork(process.argv[1], [], { env: { ...process.env, CHILD: '1' } });
    return new Promise((resolve) => child.once('exit', resolve));
  },
};
if (process.env.CHILD) await create(client(), 'child');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
else if (!isMainThread) parentPort.postMessage(await create(client(), 'worker'));
else {
  const seen = {};
  for (const [name, use] of Object.entries(uses)) {
    try {
      seen[name] = await use();
    } catch (error) {
      seen[name] = { error: error.constructor.name, message: String(error.message).slice(0, 300), cause: String(error.cause) };
    }
  }
  process.stdout.write(JSON.stringify(seen));
}
redirector.closeAllConnections();
redirector.close();
