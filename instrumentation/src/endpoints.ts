import { anthropicMessages } from './providers/anthropic.ts';
import { openaiChat, openaiResponses } from './providers/openai.ts';
import type { ApiReader } from './providers/reader.ts';
import { providerOfHost } from './hosts.ts';

export interface Endpoint {
  readonly path: RegExp;
  readonly operation: string;
  /** Whose dialect the path speaks: the provider's name where the host does not tell. */
  readonly dialect: string;
  readonly reader: ApiReader;
  /** A path that other services have too: on an unknown host the request's body must name a model. */
  readonly isCommonPath?: boolean;
}

/** Requests that cost money, by the end of their path. The first match wins. */
const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/chat\/completions$/, operation: 'chat', dialect: 'openai', reader: openaiChat },
  { path: /\/responses$/, operation: 'chat', dialect: 'openai', reader: openaiResponses, isCommonPath: true },
  { path: /\/embeddings$/, operation: 'embeddings', dialect: 'openai', reader: openaiChat, isCommonPath: true },
  { path: /\/completions$/, operation: 'text_completion', dialect: 'openai', reader: openaiChat, isCommonPath: true },
  { path: /\/v1\/messages$/, operation: 'chat', dialect: 'anthropic', reader: anthropicMessages, isCommonPath: true },
];

/** Any path that some endpoint could match: tells an app's other requests apart in one test. */
const CANDIDATE = new RegExp(ENDPOINTS.map(({ path }) => path.source).join('|'), 'i');

export interface EndpointMatch {
  readonly endpoint: Endpoint;
  readonly url: URL;
  readonly provider: string;
  /** The host name where no provider is known by it. */
  readonly gateway: string | undefined;
}

/** Tells whether a request is one to a model. `path` may have a query. */
export function matchEndpoint(method: string, origin: string | URL, path: string): EndpointMatch | undefined {
  const query = path.indexOf('?');
  const pathname = query === -1 ? path : path.slice(0, query);
  if (method !== 'POST' || !CANDIDATE.test(pathname)) return undefined;
  const endpoint = ENDPOINTS.find((each) => each.path.test(pathname));
  if (!endpoint) return undefined;
  const url = new URL(pathname, origin);
  const provider = providerOfHost(url.hostname);
  return { endpoint, url, provider: provider ?? endpoint.dialect, gateway: provider ? undefined : url.hostname };
}
