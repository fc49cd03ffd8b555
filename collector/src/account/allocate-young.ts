import { setFlagsFromString } from 'node:v8';

/**
 * V8 notes where objects are made that outlive their first collections, and then makes all of that place in old space. Of what is made of a
 * span, what is remembered outlives them, and while the process is new and its young generation small so does all else: from then on some three
 * kilobytes a span went to old space for ever, nearly all of it dead within a millisecond.
 */
export function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
