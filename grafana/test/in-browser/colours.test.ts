/** Contrasts as WCAG reckons them, on the grounds and with the colours of Grafana's own themes. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { DIGITS, DRAWN, LETTERS } from '../../src/colours.ts';

interface Theme {
  readonly colors: { readonly background: { readonly primary: string } };
  readonly visualization: { getColorByName(name: string): string };
}

/** Its module for `import` does not load in Node. */
const { createTheme } = createRequire(new URL('../../viewer/package.json', import.meta.url))('@grafana/data') as {
  readonly createTheme: (options: { colors: { mode: 'dark' | 'light' } }) => Theme;
};

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(['dark', 'light'] as const)('on %s ground', (mode) => {
  const theme = createTheme({ colors: { mode } });
  const seen = (name: string) => contrast(theme.visualization.getColorByName(name), theme.colors.background.primary);

  test.each(Object.values(LETTERS))('letters in %s can be read', (name) => expect(seen(name)).toBeGreaterThanOrEqual(4.5));
  test.each([...Object.values(DIGITS), ...Object.values(DRAWN)])('what is drawn in %s is seen', (name) =>
    expect(seen(name)).toBeGreaterThanOrEqual(3),
  );
});
