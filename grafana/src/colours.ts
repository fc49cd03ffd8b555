/**
 * Grafana's colours that can be read on its dark and on its light ground: letters of a table with a contrast of 4.5, large digits and what is
 * drawn with one of 3 (WCAG AA). Its yellow and its orange cannot.
 */
export const LETTERS = { good: 'semi-dark-green', bad: 'red', warning: 'purple' } as const;
export const DIGITS = { good: 'green', bad: 'red', warning: 'semi-dark-orange' } as const;
export const DRAWN = {
  blue: 'blue',
  darkBlue: 'semi-dark-blue',
  lightBlue: '#2f8fb3',
  green: 'green',
  darkGreen: 'dark-green',
  teal: '#2a9d8f',
  olive: '#7f8c2b',
  orange: 'semi-dark-orange',
  gold: '#b8860b',
  red: 'red',
  purple: 'purple',
  grey: '#8e8e8e',
} as const;
