import { join } from 'node:path';
import { describe } from 'vitest';
import { describeBehaviours } from '../describe-behaviours.ts';
import { INSTALLED, NODES, SDKS, isMatrixWanted, nodePath } from './platforms.ts';

describe.runIf(isMatrixWanted).each(Object.keys(SDKS))('with %s', (sdk) => {
  describe.each(Object.keys(NODES))('on %s', (node) => {
    describeBehaviours({ folder: join(INSTALLED, sdk), node: nodePath(node) });
  });
});
