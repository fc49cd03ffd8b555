import { Problem } from '../problem.ts';

/** What the collector says. It may be another process, which may be away. */
export async function ofCollector<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw new Problem('unavailable', 'the collector does not answer right now', [], { cause });
  }
}
