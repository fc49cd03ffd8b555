const HOST = /^https?:\/\/[^/?]*/i;

/**
 * The path that a request names: without the host, which proxies put before it, without what follows `?`, and with single slashes and none at
 * the end, since endpoints put together by hand have more.
 */
export function pathOf(target: string): string {
  const [path = ''] = target.replace(HOST, '').split('?', 1);
  return decode(path)
    .replace(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '');
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
