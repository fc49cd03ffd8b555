import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

/** The dashboard as the text of its file. Panels get ids in their order: the SDK gives none, and links need them to stay. */
export function renderDashboard(dashboard: Dashboard): string {
  const panels = (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  return `${JSON.stringify({ ...dashboard, panels }, null, 2)}\n`;
}
