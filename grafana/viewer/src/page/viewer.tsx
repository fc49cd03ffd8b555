import { ThemeContext } from '@grafana/data';
import { LocationServiceProvider, locationService } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import type { EmbeddedScene } from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { useCallback, useState } from 'react';
import { Router } from 'react-router-dom';
import type { DashboardJson } from '../dashboard-json.ts';
import { dashboardScene } from '../scene/dashboard-scene.ts';
import { theme } from '../theme.ts';
import { KeyForm } from './key-form.tsx';
import { useAddress } from './address.ts';
import { Navigation } from './navigation.tsx';
import { Welcome } from './welcome.tsx';

export type State = 'key needed' | 'empty' | 'ready';

export interface Found {
  readonly state: State;
  /** What the API says, where it wants a key. */
  readonly says?: string;
}

interface ViewerProps {
  readonly dashboards: readonly DashboardJson[];
  readonly found: Found;
}

export function Viewer({ dashboards, found }: ViewerProps) {
  const [state, setState] = useState(found.state);
  const address = useAddress();
  const showDashboards = useCallback(() => setState('ready'), []);
  const wanted = address.pathname.replace(/^\/d\//, '').split('/')[0];
  const dashboard = dashboards.find(({ uid }) => uid === wanted) ?? dashboards.find(({ uid }) => uid === 'tl-overview') ?? dashboards[0];
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Router location={address} navigator={locationService.getHistory()}>
        <LocationServiceProvider service={locationService}>
          {state === 'key needed' || !dashboard ? (
            <KeyForm says={found.says} />
          ) : (
            <div className="tl-shell">
              <a className="tl-skip" href="#dashboard">
                Skip to the dashboard
              </a>
              <Navigation dashboards={dashboards} current={dashboard} search={address.search} />
              {state === 'empty' ? <Welcome onArrived={showDashboards} /> : <Dashboard key={dashboard.uid} dashboard={dashboard} />}
            </div>
          )}
        </LocationServiceProvider>
      </Router>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

const scenes = new Map<string, EmbeddedScene>();

/** Whoever goes back finds the dashboard as it was; a link shows what its address says, without what was chosen before. */
function sceneOf(dashboard: DashboardJson): EmbeddedScene {
  const isBack = locationService.getHistory().action === 'POP';
  const scene = (isBack && scenes.get(dashboard.uid)) || dashboardScene(dashboard);
  scenes.set(dashboard.uid, scene);
  return scene;
}

function Dashboard({ dashboard }: { readonly dashboard: DashboardJson }) {
  const [scene] = useState(() => sceneOf(dashboard));
  return (
    <main id="dashboard" tabIndex={-1}>
      <header>
        <h1>{dashboard.title}</h1>
        <p>{dashboard.description}</p>
      </header>
      <UrlSyncContextProvider scene={scene} updateUrlOnInit createBrowserHistorySteps>
        <scene.Component model={scene} />
      </UrlSyncContextProvider>
    </main>
  );
}
