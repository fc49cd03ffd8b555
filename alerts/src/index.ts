export { DEFAULT_RULES } from './default-rules.ts';
export { type Receiver, type ReceiverInput, receiverSchema } from './receiver.ts';
export { readRulesFile } from './rules-file.ts';
export { alertRoutes, type AlertRoutesOptions } from './routes/alert-routes.ts';
export { type Condition, type Rule, type RuleInput, ruleSchema } from './rule.ts';
export { type Alerts, type AlertsOptions, type Progress, startAlerts } from './start-alerts.ts';
export type { Alert } from './store.ts';
export type { TenantAlerts } from './tenant-alerts.ts';
export type { AlertState } from './transition.ts';
