/**
 * Reads the price table of an independent npm package, installed into a folder of its own, into `test/fixtures/oracle-prices.json`:
 * what `price-disagreements.ts` compares ours with. Run when a newer version is to be compared: `node pricing/scripts/fetch-oracle.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OraclePrice } from './price-disagreements.ts';

const PACKAGE = 'ai-sdk-cost-calculator';
const VERSION = '7.1.14';
const RELEASED = '2026-09-23';

/** Its keys that have a meter, and per how many units they are. */
const KEYS: Readonly<Record<string, { readonly meter: string; readonly per: number; readonly long?: true }>> = {
  inputPer1MTokens: { meter: 'input_uncached', per: 1e6 },
  outputPer1MTokens: { meter: 'output_text', per: 1e6 },
  cacheReadPer1MTokens: { meter: 'cache_read', per: 1e6 },
  cacheWritePer1MTokens: { meter: 'cache_write', per: 1e6 },
  audioInputPer1MTokens: { meter: 'audio_input', per: 1e6 },
  audioOutputPer1MTokens: { meter: 'audio_output', per: 1e6 },
  imageInputPer1MTokens: { meter: 'image_input', per: 1e6 },
  imageOutputPer1MTokens: { meter: 'image_output', per: 1e6 },
  longContextInputPer1MTokens: { meter: 'input_uncached', per: 1e6, long: true },
  longContextOutputPer1MTokens: { meter: 'output_text', per: 1e6, long: true },
  longContextCacheReadPer1MTokens: { meter: 'cache_read', per: 1e6, long: true },
  longContextCacheWritePer1MTokens: { meter: 'cache_write', per: 1e6, long: true },
  webSearchPer1kRequests: { meter: 'web_searches', per: 1e3 },
  speechPer1MCharacters: { meter: 'characters', per: 1e6 },
  transcriptionPerMinute: { meter: 'audio_seconds', per: 60 },
  imageGenerationPerImage: { meter: 'images', per: 1 },
  videoGenerationPerSecond: { meter: 'video_seconds', per: 1 },
};

const folder = mkdtempSync(join(tmpdir(), 'price-oracle-'));
try {
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--legacy-peer-deps', `${PACKAGE}@${VERSION}`], {
    stdio: 'inherit',
  });
  const entry = pathToFileURL(join(folder, 'node_modules', PACKAGE, 'dist', 'index.mjs')).href;
  const { allPricing } = (await import(entry)) as {
    allPricing: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  };
  const prices: OraclePrice[] = [];
  for (const [provider, models] of Object.entries(allPricing)) {
    for (const [model, entries] of Object.entries(models)) {
      for (const [key, { meter, per, long }] of Object.entries(KEYS)) {
        const usd = entries[key];
        if (typeof usd !== 'number' || usd === 0) continue;
        const size = long ? Number(entries['longContextThreshold']) + 1 : undefined;
        prices.push({ provider, model, meter: meter as OraclePrice['meter'], per, usd, ...(size && { size }) });
      }
    }
  }
  const facts = JSON.stringify({ package: PACKAGE, version: VERSION, license: 'MIT', released: RELEASED }).slice(0, -1);
  const file = new URL('../test/fixtures/oracle-prices.json', import.meta.url);
  writeFileSync(file, `${facts},"prices":[\n${prices.map((price) => JSON.stringify(price)).join(',\n')}\n]}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
