import { dirname } from 'node:path';
import { describe } from 'vitest';
import { describeBehaviours } from './describe-behaviours.ts';
import { APPS } from './run-app.ts';

describe('with the SDKs of this workspace', () => describeBehaviours({ folder: dirname(APPS) }));
