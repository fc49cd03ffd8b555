/** Imported first: @grafana/runtime and @grafana/ui read these while they are loaded, as a Grafana server would have written them into the page. */
Object.assign(window, {
  grafanaBootData: { assets: { dark: '', light: '' }, settings: {}, user: {}, navTree: [] },
  __grafana_public_path__: '/public/',
});

/** Some browsers name a language that no `Intl` takes, such as en-US@posix; the libraries would throw at the first number. */
const isLanguage = (name: string) => {
  try {
    return Intl.getCanonicalLocales(name).length > 0;
  } catch {
    return false;
  }
};
if (!navigator.languages.every(isLanguage) || !isLanguage(navigator.language)) {
  const known = navigator.languages.filter(isLanguage);
  const languages = known.length > 0 ? known : ['en-US'];
  Object.defineProperties(navigator, { language: { value: languages[0] }, languages: { value: languages } });
}
