import type { Alerts } from '../start-alerts.ts';

export interface AlertRoutesOptions {
  readonly alerts: Pick<Alerts, 'forTenant' | 'progress'>;
}
