/** A module that is loaded already, by its path, at once. In the CommonJS build this is the `require` of whoever loaded us. */
export function loadNow(path: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(path);
}
