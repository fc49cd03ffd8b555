import { createTheme } from '@grafana/data';

const CHOICE = 'tokenledger.theme';
const chosen = localStorage.getItem(CHOICE);

/** As the reader chose, else as the reader's system has it. */
export const isDark = chosen === null ? !window.matchMedia('(prefers-color-scheme: light)').matches : chosen === 'dark';

export const theme = createTheme({
  colors: { mode: isDark ? 'dark' : 'light' },
  // Of the reader's system: Grafana's own is not in its libraries.
  typography: { fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace' },
});

/** Of Grafana's colours of lines, those that can hardly be seen on its own ground (a contrast below 3), and what is drawn instead. */
const SEEN: Readonly<Record<string, string>> = isDark
  ? { 'dark-blue': 'semi-dark-blue', 'dark-red': 'semi-dark-red', 'dark-purple': 'semi-dark-purple' }
  : { orange: 'semi-dark-orange', 'semi-dark-yellow': '#b8860b', 'dark-yellow': '#8a6d00' };
theme.visualization.palette = theme.visualization.palette.map((name) => SEEN[name] ?? name);

/** Grafana's components read the theme as they are made, so the page is made anew. */
export function switchTheme(): void {
  localStorage.setItem(CHOICE, isDark ? 'light' : 'dark');
  location.reload();
}

/** For our own style sheet. */
export function publishColours(): void {
  const { colors, typography } = theme;
  const values = {
    'tl-canvas': colors.background.canvas,
    'tl-primary': colors.background.primary,
    'tl-secondary': colors.background.secondary,
    'tl-border': colors.border.weak,
    'tl-text': colors.text.primary,
    'tl-quiet': colors.text.secondary,
    'tl-link': colors.text.link,
    'tl-hover': colors.action.hover,
    'tl-selected': colors.action.selected,
    'tl-accent': colors.primary.main,
    'tl-error': colors.error.text,
    'tl-call': theme.visualization.getColorByName('blue'),
    'tl-agent': theme.visualization.getColorByName('purple'),
    'tl-tool': theme.visualization.getColorByName('orange'),
    'tl-step': theme.visualization.getColorByName('green'),
    'tl-mono': typography.fontFamilyMonospace,
  };
  for (const [name, value] of Object.entries(values)) document.documentElement.style.setProperty(`--${name}`, value);
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light';
}
