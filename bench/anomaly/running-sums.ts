import type { Part, Spent } from '../../alerts/src/detector/effects.ts';

/** Of a world, so that what was spent between two steps is one subtraction. */
export interface RunningSums {
  readonly calls: Float64Array;
  readonly cost: Float64Array;
  readonly between: (from: number, to: number) => Spent;
  readonly features: readonly string[];
}

interface Column {
  readonly seen: Int32Array;
  readonly quantity: Float64Array;
  readonly cost: Float64Array;
}

export function runningSums(steps: readonly Spent[]): RunningSums {
  const size = steps.length + 1;
  const column = (): Column => ({ seen: new Int32Array(size), quantity: new Float64Array(size), cost: new Float64Array(size) });
  const all = column();
  const features = new Map<string, Column>();
  const parts = new Map<string, Column & Pick<Part, 'feature' | 'model' | 'meter'>>();
  steps.forEach(({ calls, cost, callsByFeature, parts: used }, step) => {
    add(all, step + 1, calls, cost);
    for (const [feature, count] of callsByFeature) {
      const own = features.get(feature) ?? column();
      features.set(feature, own);
      add(own, step + 1, count, 0);
    }
    for (const { feature, model, meter, quantity, cost: paid } of used) {
      const key = `${feature} ${model} ${meter}`;
      const own = parts.get(key) ?? { ...column(), feature, model, meter };
      parts.set(key, own);
      add(own, step + 1, quantity, paid);
    }
  });
  const columns = [all, ...features.values(), ...parts.values()];
  for (const { seen, quantity, cost } of columns) for (const values of [seen, quantity, cost]) accumulate(values);
  return {
    calls: all.quantity,
    cost: all.cost,
    features: [...features.keys()],
    between(first, last) {
      const [from, to] = [Math.max(0, first), Math.min(last, steps.length)];
      const over = (values: Float64Array | Int32Array) => (values[to] ?? 0) - (values[from] ?? 0);
      const isSeen = ({ seen }: Column) => over(seen) > 0;
      return {
        calls: over(all.quantity),
        cost: over(all.cost),
        callsByFeature: new Map([...features].flatMap(([name, own]) => (isSeen(own) ? [[name, over(own.quantity)] as const] : []))),
        parts: [...parts.values()].flatMap((own) =>
          isSeen(own)
            ? [{ feature: own.feature, model: own.model, meter: own.meter, quantity: over(own.quantity), cost: over(own.cost) }]
            : [],
        ),
      };
    },
  };
}

function add({ seen, quantity, cost }: Column, at: number, used: number, paid: number): void {
  seen[at] = (seen[at] ?? 0) + 1;
  quantity[at] = (quantity[at] ?? 0) + used;
  cost[at] = (cost[at] ?? 0) + paid;
}

function accumulate(values: Float64Array | Int32Array): void {
  for (let at = 1; at < values.length; at++) values[at] = (values[at] ?? 0) + (values[at - 1] ?? 0);
}
