/** The receiving thread of a checkout, whose segments are done as soon as they are closed: `node subject.ts <checkout> <directory>`. */
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import type * as Config from '../../collector/src/config.ts';
import type * as FrontThread from '../../collector/src/front/front-thread.ts';

const [checkout = '', directory = ''] = process.argv.slice(2);
const from = async (path: string) => import(pathToFileURL(`${checkout}/collector/src/${path}`).href);
const { startFrontThread } = (await from('front/front-thread.ts')) as typeof FrontThread;
const { collectorLimitsSchema } = (await from('config.ts')) as typeof Config;

const limits = collectorLimitsSchema.parse({});
const front = await startFrontThread(
  { host: '127.0.0.1', port: 0, grpcPort: undefined, journalDir: `${directory}/journal`, keys: [], limits, logLevel: 'warn' },
  pino({ level: 'warn' }, pino.destination(2)),
);
const { url } = await front.listen();
process.stdout.write(`${url}\n`);
process.once('SIGTERM', () => process.exit(0));
for (let segment = await front.next(); segment; segment = await front.next()) {
  await front.done(segment.number, { settlement: { stored: segment.spans, duplicate: 0, dropped: {} }, calls: new Map() });
  // A checkout whose journal removes them itself has no word for it.
  (front as Partial<typeof front>).reuse?.(segment.number);
}
