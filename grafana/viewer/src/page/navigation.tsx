import { Button } from '@grafana/ui';
import { useState } from 'react';
import type { DashboardJson } from '../dashboard-json.ts';
import { isDark, switchTheme } from '../theme.ts';
import { searchFor } from './address.ts';

interface NavigationProps {
  readonly dashboards: readonly DashboardJson[];
  readonly current: DashboardJson;
  readonly search: string;
}

/** A rail beside the dashboard, or a bar with a menu above it where there is little room. */
export function Navigation({ dashboards, current, search }: NavigationProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <nav className="tl-nav" aria-label="Dashboards" data-open={isOpen} onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}>
      <div className="tl-brand">
        <a href="/">Tokenledger</a>
        <span className="tl-menu">
          <Button variant="secondary" fill="text" icon="bars" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {current.title}
          </Button>
        </span>
      </div>
      <ul>
        {dashboards.map(({ uid, title, description, templating }) => (
          <li key={uid}>
            <a
              href={`/d/${uid}${searchFor(
                templating.list.map(({ name }) => name),
                search,
              )}`}
              title={description}
              aria-current={uid === current.uid ? 'page' : undefined}
              onClick={() => setOpen(false)}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
      <div className="tl-nav-end">
        <a href="/docs">API</a>
        <Button
          variant="secondary"
          fill="text"
          size="sm"
          icon="adjust-circle"
          aria-label={isDark ? 'Light colours' : 'Dark colours'}
          tooltip={isDark ? 'Light colours' : 'Dark colours'}
          onClick={switchTheme}
        />
      </div>
    </nav>
  );
}
