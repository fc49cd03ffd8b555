import { ThemeContext } from '@grafana/data';
import { LocationServiceProvider, locationService } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import type { EmbeddedScene } from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { BrowserRouter } from 'react-router-dom';
import { dashboardScene } from './dashboard-scene.ts';
import type { DashboardJson } from './dashboard-scene.ts';
import { KeyForm } from './key-form.tsx';
import { theme } from './theme.ts';

interface ViewerProps {
  readonly dashboards: readonly DashboardJson[];
  readonly keyNeeded: boolean;
}

export function Viewer({ dashboards, keyNeeded }: ViewerProps) {
  const wanted = location.pathname.replace(/^\/d\//, '');
  const dashboard = dashboards.find(({ uid }) => uid === wanted) ?? dashboards[0];
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <BrowserRouter>
        <LocationServiceProvider service={locationService}>
          {keyNeeded || !dashboard ? <KeyForm /> : <Dashboard dashboard={dashboard} all={dashboards} />}
        </LocationServiceProvider>
      </BrowserRouter>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

const scenes = new Map<string, EmbeddedScene>();

function sceneOf(dashboard: DashboardJson): EmbeddedScene {
  const scene = scenes.get(dashboard.uid) ?? dashboardScene(dashboard);
  scenes.set(dashboard.uid, scene);
  return scene;
}

function Dashboard({ dashboard, all }: { readonly dashboard: DashboardJson; readonly all: readonly DashboardJson[] }) {
  const scene = sceneOf(dashboard);
  return (
    <main style={{ padding: theme.spacing(0, 2, 2), display: 'flex', flexDirection: 'column', minHeight: '100vh' }}>
      <header style={{ display: 'flex', alignItems: 'baseline', gap: theme.spacing(2), padding: theme.spacing(2, 0) }}>
        <h1 style={{ ...theme.typography.h3, margin: 0 }}>{dashboard.title}</h1>
        <span style={{ color: theme.colors.text.secondary }}>{dashboard.description}</span>
        <nav style={{ marginLeft: 'auto', display: 'flex', gap: theme.spacing(2) }}>
          {all.map(({ uid, title }) => (
            <a key={uid} href={`/d/${uid}`} aria-current={uid === dashboard.uid ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <UrlSyncContextProvider scene={scene} updateUrlOnInit={false} createBrowserHistorySteps>
        <scene.Component model={scene} />
      </UrlSyncContextProvider>
    </main>
  );
}
