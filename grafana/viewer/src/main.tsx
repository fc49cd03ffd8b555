import './boot-data.ts';
import './viewer.css';
import { createRoot } from 'react-dom/client';
import { KeyNeeded, hasRequests } from './api.ts';
import type { DashboardJson } from './dashboard-json.ts';
import { setUpGrafana } from './grafana-runtime.ts';
import { followLinksHere } from './page/address.ts';
import { Viewer } from './page/viewer.tsx';
import type { Found } from './page/viewer.tsx';
import { publishColours } from './theme.ts';

/** There were calls at the last visit: dashboards come at once, and what the API says of it a moment later. */
const HAD_REQUESTS = 'tokenledger.had-requests';
const LATER_MS = 1500;
const READY: Found = { state: 'ready' };

const root = document.getElementById('root');
try {
  setUpGrafana();
  publishColours();
  followLinksHere();
  const isKnown = localStorage.getItem(HAD_REQUESTS) !== null;
  const [dashboards, found] = await Promise.all([readDashboards(), isKnown ? READY : readState()]);
  const page = root && createRoot(root);
  const show = (now: Found) => page?.render(<Viewer key={now.state} dashboards={dashboards} found={now} />);
  show(found);
  if (isKnown) setTimeout(() => void readState().then(show), LATER_MS);
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

async function readState(): Promise<Found> {
  try {
    if (await hasRequests()) {
      localStorage.setItem(HAD_REQUESTS, 'yes');
      return READY;
    }
    localStorage.removeItem(HAD_REQUESTS);
    return { state: 'empty' };
  } catch (error) {
    // What is wrong with the API each panel says better.
    return error instanceof KeyNeeded ? { state: 'key needed', says: error.message } : READY;
  }
}
