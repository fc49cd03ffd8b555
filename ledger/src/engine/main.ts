/** The engine child: started by supervise.ts with its pid, spoken to over IPC, gone with its parent. */
import { flushCompileCache } from 'node:module';
import { die, dieWithParent } from './ending.ts';
import { Engine } from './engine.ts';
import type { FromChild, StartOptions, ToChild } from './messages.ts';

process.title = 'tokenledger-engine';
// A terminal's Ctrl-C and a service manager's stop reach the whole group; the parent decides when the engine ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.on('disconnect', die);
dieWithParent(Number(process.argv[2]));

let engine: Engine | undefined;
process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'start':
      return void start(message.options);
    case 'beat':
      return void engine?.beat().then(() => send({ type: 'beat' }));
    case 'stop':
      return void stop();
  }
});

async function start(options: StartOptions): Promise<void> {
  try {
    engine = await Engine.start(options);
    send({ type: 'ready', port: engine.port });
    flushCompileCache();
  } catch (cause) {
    send({ type: 'failed', reason: cause instanceof Error ? cause.message : String(cause) });
  }
}

async function stop(): Promise<void> {
  const ended = engine === undefined || (await engine.stop().catch(() => false));
  if (ended) process.exit(0);
  die();
}

function send(message: FromChild): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
