import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FOLDER = join(import.meta.dirname, '../../grafana/dashboards');

const targetSchema = z.object({
  url: z.string(),
  url_options: z.object({ params: z.array(z.object({ key: z.string(), value: z.string() })) }),
});
const dashboardSchema = z.object({
  title: z.string(),
  time: z.object({ from: z.string() }),
  panels: z.array(z.object({ title: z.string().default(''), timeFrom: z.string().optional(), targets: z.array(z.unknown()).default([]) })),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown().optional() })) }),
});
const variableSchema = z.object({ infinityQuery: targetSchema });

/** One question of one panel or variable. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly params: readonly { readonly key: string; readonly value: string }[];
  /** How far back it looks by itself. */
  readonly rangeMs: number;
}

/** Every question that the committed dashboards ask of the query API. */
export function readTargets(): readonly Target[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')));
      const rangeMs = durationMs(dashboard.time.from);
      const ofPanels = dashboard.panels.flatMap(({ title, timeFrom, targets }) =>
        targets.flatMap((target) => {
          const parsed = targetSchema.safeParse(target);
          const range = timeFrom === undefined ? rangeMs : MONTH_MS;
          return parsed.success ? [toTarget(`${dashboard.title}: ${title}`, parsed.data, range)] : [];
        }),
      );
      const ofVariables = dashboard.templating.list.flatMap((variable) => {
        const parsed = variableSchema.safeParse(variable.query);
        return parsed.success ? [toTarget(`${dashboard.title}: variable ${variable.name}`, parsed.data.infinityQuery, rangeMs)] : [];
      });
      return [...ofPanels, ...ofVariables];
    });
}

const toTarget = (name: string, { url, url_options }: z.infer<typeof targetSchema>, rangeMs: number): Target => ({
  name,
  url,
  params: url_options.params,
  rangeMs,
});

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MONTH_MS = 30 * 86_400_000;

function durationMs(from: string): number {
  const [, count, unit = ''] = /^now-(\d+)([mhd])$/.exec(from) ?? [];
  return Number(count) * (UNITS_MS[unit] ?? Number.NaN) || MONTH_MS;
}

/** As Grafana fills it in when every variable stands on All and no text is typed. */
export function toPath(
  { url, params }: Target,
  { from, to, traceId }: { readonly from: number; readonly to: number; readonly traceId: string },
): string {
  const query = new URLSearchParams();
  for (const { key, value } of params) {
    query.append(
      key,
      value
        .replaceAll('${__timeFrom}', String(from))
        .replaceAll('${__timeTo}', String(to))
        .replaceAll('${trace_id}', traceId)
        .replaceAll(/\$\{\w+:json\}/g, '*')
        .replaceAll(/\$\{\w+\}/g, ''),
    );
  }
  return `${url}?${query.toString()}`;
}
