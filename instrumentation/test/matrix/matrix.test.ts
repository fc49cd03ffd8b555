import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { describeBehaviours } from '../describe-behaviours.ts';
import { INSTALLED, NODES, SDKS, nodePath } from './platforms.ts';

/** Takes minutes; runs with `npm run matrix -w instrumentation`. */
const isWanted = process.env['TOKENLEDGER_MATRIX'] !== undefined && existsSync(INSTALLED);

describe.runIf(isWanted).each(Object.keys(SDKS))('with %s', (sdk) => {
  describe.each(Object.keys(NODES))('on %s', (node) => {
    // There the body is seen only as the app reads it, and this SDK's span is over before.
    const twice = node === 'Node 22' ? ['anthropic-as_response'] : [];
    describeBehaviours({ folder: join(INSTALLED, sdk), node: nodePath(node), twice });
  });
});
