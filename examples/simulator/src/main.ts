import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4399' },
    seed: { type: 'string', default: '1' },
    'latency-ms': { type: 'string', default: '0' },
    'error-rate': { type: 'string', default: '0' },
  },
});

const simulator = await startSimulator({
  port: Number(values.port),
  seed: Number(values.seed),
  latencyMs: Number(values['latency-ms']),
  errorRate: Number(values['error-rate']),
});
console.log(`OpenAI at ${simulator.url}/v1, Anthropic at ${simulator.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void simulator.stop());
}
