// Without the dashboards' sources: what serves the viewer should not load what they are built with.
export { viewerRoutes } from './viewer-routes.ts';
