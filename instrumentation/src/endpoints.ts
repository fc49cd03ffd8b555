import { ENDPOINTS } from './endpoint-table.ts';
import type { Endpoint } from './endpoint-table.ts';
import { providerOfHost, regionOfUrl } from './hosts.ts';

/** Any path that some endpoint could match: tells an app's other requests apart in one test. */
const CANDIDATE = new RegExp(ENDPOINTS.map(({ path }) => path.source.replace(/\?<\w+>/, '?:')).join('|'));
const AZURE_DEPLOYMENT = /\/deployments\/([^/]+)\//;

export interface EndpointMatch {
  readonly endpoint: Endpoint;
  readonly url: URL;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** The path itself asks for a stream. */
  readonly isStreaming: boolean;
  readonly provider: string;
  /** The host name where no provider is known by it. */
  readonly gateway: string | undefined;
  /** The requested model or deployment, where the path has it. */
  readonly model: string | undefined;
  readonly region: string | undefined;
  /** The job that is asked about, where the path has it. */
  readonly jobId: string | undefined;
}

const STREAMING_PATH = /:stream|-stream$/;
const MAX_KNOWN = 500;
/** By method and origin, by path: apps ask few addresses many times. */
const known = new Map<string, Map<string, EndpointMatch>>();
let knownCount = 0;

/** Tells whether a request is one to a model. `path` may have a query. */
export function matchEndpoint(method: string, origin: string | URL, path: string): EndpointMatch | undefined {
  if (method !== 'POST' && method !== 'GET') return undefined;
  const from = typeof origin === 'string' ? origin : origin.origin;
  const place = method === 'POST' ? from : `${method} ${from}`;
  const found = known.get(place)?.get(path);
  if (found) return found;
  const end = path.search(/[?#]/);
  const pathname = end === -1 ? path : path.slice(0, end);
  if (!CANDIDATE.test(pathname)) return undefined;
  const match = findEndpoint(method, new URL(pathname, from));
  if (match) remember(place, path, match);
  return match;
}

function remember(place: string, path: string, match: EndpointMatch): void {
  if (knownCount++ >= MAX_KNOWN) {
    known.clear();
    knownCount = 1;
  }
  const paths = known.get(place) ?? new Map<string, EndpointMatch>();
  known.set(place, paths.set(path, match));
}

function findEndpoint(method: string, url: URL): EndpointMatch | undefined {
  const { hostname, pathname } = url;
  const provider = providerOfHost(hostname);
  const isAt = ({ only }: Endpoint): boolean => !only || !provider || only === provider;
  const endpoint = ENDPOINTS.find((each) => (each.method ?? 'POST') === method && each.path.test(pathname) && isAt(each));
  if (!endpoint) return undefined;
  const named = endpoint.path.exec(pathname)?.groups;
  const model = named?.['model'] ?? AZURE_DEPLOYMENT.exec(pathname)?.[1];
  return {
    endpoint,
    url,
    serverAddress: hostname,
    serverPort: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
    isStreaming: STREAMING_PATH.test(pathname),
    provider: provider ?? endpoint.dialect,
    gateway: provider ? undefined : hostname,
    model: model && decodeURIComponent(model),
    region: regionOfUrl(url),
    jobId: named?.['job'],
  };
}
