/** Imported first: @grafana/runtime reads these while it is loaded, as a Grafana server would have written them into the page. */
Object.assign(window, { grafanaBootData: { assets: { dark: '', light: '' }, settings: {}, user: {}, navTree: [] } });
