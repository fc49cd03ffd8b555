import './boot-data.ts';
import overview from '../../dashboards/overview.json';
import { createRoot } from 'react-dom/client';
import { KeyNeeded, askRows } from './api.ts';
import type { DashboardJson } from './dashboard-scene.ts';
import { setUpGrafana } from './grafana-runtime.ts';
import { Viewer } from './viewer.tsx';

const dashboards = [overview] as unknown as readonly DashboardJson[];

setUpGrafana();
const root = document.getElementById('root');
if (root) createRoot(root).render(<Viewer dashboards={dashboards} keyNeeded={await isKeyNeeded()} />);

async function isKeyNeeded(): Promise<boolean> {
  try {
    await askRows(new URL('/v1/grafana/dimension-values?field=team&limit=1', location.origin));
    return false;
  } catch (error) {
    return error instanceof KeyNeeded;
  }
}
