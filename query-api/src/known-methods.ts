import type { FastifyInstance } from 'fastify';

/**
 * Notes every route that is added from now on; the answer tells the methods that a path knows, none if there is no such path.
 * Routes with a wildcard or a regular expression are left out: what they do not find is not there.
 */
export function noteMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const known: { readonly route: readonly string[]; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (!/[*(]/.test(url)) known.push({ route: url.split('/'), methods: [method].flat() });
  });
  return (path) => {
    const parts = path.split('/');
    return [...new Set(known.filter(({ route }) => isOf(route, parts)).flatMap(({ methods }) => methods))].toSorted();
  };
}

/** Of a route such as `/v1/traces/:traceId`, and of a path, part by part. */
const isOf = (route: readonly string[], path: readonly string[]) =>
  route.length === path.length && route.every((part, index) => part.startsWith(':') || part === path[index]);
