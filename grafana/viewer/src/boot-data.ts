/** Imported first: @grafana/runtime and @grafana/ui read these while they are loaded, as a Grafana server would have written them into the page. */
Object.assign(window, {
  grafanaBootData: { assets: { dark: '', light: '' }, settings: {}, user: {}, navTree: [] },
  __grafana_public_path__: '/public/',
});
