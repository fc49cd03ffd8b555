import { pino } from 'pino';
import { buildViewerOnce } from '../build-viewer.ts';
import type { Command } from '../command.ts';
import { npmPath } from '../config.ts';

const SAYS = {
  there: 'The dashboards viewer is built.',
  built: 'The dashboards viewer is built now.',
  failed: 'The dashboards viewer could not be built; npm needs its registry for that. Everything else works without.',
  'not asked for': 'Run this as `npm run viewer`: it builds with npm.',
} as const;

export const viewer: Command = {
  name: 'viewer',
  summary: 'build the dashboards viewer if it is missing or old, as `up` does in the background',
  async run(_args, out) {
    const { progress, done } = buildViewerOnce(npmPath(), pino({ level: 'silent' }));
    const doing = progress();
    if (doing) out(`${doing} …`);
    const how = await done;
    out(SAYS[how]);
    return how === 'there' || how === 'built' ? 0 : 1;
  },
};
