import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overview } from './dashboards/overview.ts';

/** Every dashboard by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = { overview };
