import { createTheme } from '@grafana/data';

const prefersLight = window.matchMedia('(prefers-color-scheme: light)').matches;

/** As the reader's system has it. */
export const theme = createTheme({ colors: { mode: prefersLight ? 'light' : 'dark' } });
