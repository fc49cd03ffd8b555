import { expect, test } from 'vitest';
import { observe } from '../../src/understand/observe.ts';
import { inherit, INHERITED } from '../../src/understand/resolve/merge.ts';
import { spanOf } from './span.ts';

const nothingSaid = observe(spanOf({ resource: {} }));

test.each(INHERITED)('%s alone is inherited from whoever is around', (field) => {
  const saying = field === 'tags' ? { plan: 'pro' } : 'said';
  const call = { ...nothingSaid, [field]: undefined };
  expect(inherit(call, [{ ...nothingSaid, [field]: saying }])[field]).toEqual(saying);
});
