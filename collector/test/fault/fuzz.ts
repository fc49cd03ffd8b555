import { parseArgs } from 'node:util';
import { runFuzz } from './fuzz-trials.ts';

/** `npm run test:fuzz -- [--bodies 100000] [--seed 1]` */
const { values } = parseArgs({
  options: { bodies: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 100_000) } },
});
console.log(`${values.bodies} bodies, seed ${values.seed}`);
const { lostNeighbours, complaints, ...result } = await runFuzz(Number(values.bodies), Number(values.seed), (line) => console.log(line));
const unexpected = Object.keys(result.statuses).filter((status) => !['200', '400', '413', '415', '503'].includes(status));
console.log(result, { lostNeighbours: lostNeighbours.length, unexpected, complaints });
process.exitCode = lostNeighbours.length + unexpected.length + complaints.length > 0 || !result.books.balanced ? 1 : 0;
