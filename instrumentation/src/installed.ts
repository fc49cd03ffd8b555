const INSTALLED = Symbol.for('tokenledger.instrumentation');

/** What the copy of this package that follows calls does for the others: an app may have several, in ESM and CJS. */
export interface Installed {
  readonly deliver: () => Promise<unknown>;
  readonly patienceMs: number;
}

const shared = globalThis as { [INSTALLED]?: Installed };

export function installed(): Installed | undefined {
  return shared[INSTALLED];
}

export function setInstalled(value: Installed): void {
  shared[INSTALLED] = value;
}
