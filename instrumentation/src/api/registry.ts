/** Where every release of OpenTelemetry's API keeps what is registered. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
type Holder = Record<PropertyKey, unknown>;

/** Asked several times a call: once it is there it stays, and while we wait for it there is none. */
let found: Holder | undefined;
let isAwaited = false;

export function registry(): Holder | undefined {
  if (isAwaited) return undefined;
  return (found ??= valueOf(globalThis, REGISTRY) as Holder | undefined);
}

/** What somebody registered as the API's `trace`, `context` or `diag`. */
export function registered(name: string): unknown {
  const all = registry();
  return name === 'trace' ? all && valueOf(all, name) : all?.[name];
}

/** Only what was set, so that our own reading is not taken for somebody's use. */
function valueOf(holder: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/**
 * Calls back whenever a copy of the API looks for a tracer provider and there is none: it looks in the registry, so who never does has no
 * use for one. Ends when a provider is registered; until then nothing is there that an app could find or that refuses what it registers.
 */
export function onUse(callback: () => void): void {
  const inRegistry = (all: object): void => {
    if (valueOf(all, 'trace') === undefined) watch(all, 'trace', callback);
  };
  const all = registry();
  if (all) inRegistry(all);
  else {
    isAwaited = true;
    watch(globalThis, REGISTRY, callback, (set) => {
      isAwaited = false;
      inRegistry(set);
    });
  }
}

function watch(holder: object, key: PropertyKey, onRead: () => void, onSet?: (value: object) => void): void {
  Object.defineProperty(holder, key, {
    configurable: true,
    enumerable: false,
    get() {
      onRead();
    },
    set(value: unknown) {
      Object.defineProperty(holder, key, { configurable: true, enumerable: true, writable: true, value });
      if (typeof value === 'object' && value !== null) onSet?.(value);
    },
  });
}
