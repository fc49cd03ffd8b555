export { DASHBOARDS } from './dashboards.ts';
export { renderDashboard } from './render-dashboard.ts';
export { viewerRoutes } from './viewer-routes.ts';
