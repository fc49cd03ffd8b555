import './boot-data.ts';
import './viewer.css';
import { createRoot } from 'react-dom/client';
import { KeyNeeded, hasRequests } from './api.ts';
import type { DashboardJson } from './dashboard-json.ts';
import { setUpGrafana } from './grafana-runtime.ts';
import { followLinksHere } from './page/address.ts';
import { Viewer } from './page/viewer.tsx';
import type { State } from './page/viewer.tsx';
import { publishColours } from './theme.ts';

const root = document.getElementById('root');
try {
  setUpGrafana();
  publishColours();
  followLinksHere();
  const [dashboards, state] = await Promise.all([readDashboards(), readState()]);
  if (root) createRoot(root).render(<Viewer dashboards={dashboards} state={state} />);
} catch (error) {
  // An empty page says nothing to whoever has to mend it.
  root?.replaceChildren(`The dashboards cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
  throw error;
}

async function readDashboards(): Promise<readonly DashboardJson[]> {
  const answer = await fetch('/dashboards.json');
  if (!answer.ok) throw new Error(`/dashboards.json answered ${answer.status}`);
  return (await answer.json()) as readonly DashboardJson[];
}

async function readState(): Promise<State> {
  try {
    return (await hasRequests()) ? 'ready' : 'empty';
  } catch (error) {
    // What is wrong with the API each panel says better.
    return error instanceof KeyNeeded ? 'key needed' : 'ready';
  }
}
