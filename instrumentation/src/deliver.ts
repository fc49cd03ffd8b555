import { settleAllAttempts } from './attempts.ts';
import { flushDirectly } from './direct.ts';
import { currentProvider } from './export/yielding-provider.ts';
import { doAllWaiting } from './soon.ts';
import { settleAllUnended } from './unended.ts';

/** Tells all calls that are over, those that somebody may still try again too, and waits for who exports them: the app's provider or ours. */
export async function deliver(): Promise<void> {
  await doAllWaiting();
  settleAllAttempts();
  settleAllUnended();
  await doAllWaiting();
  const provider = currentProvider() as { forceFlush?(): Promise<unknown> };
  await Promise.all([provider.forceFlush?.(), flushDirectly()]);
}
