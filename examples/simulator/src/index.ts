export { startSimulator } from './simulator.ts';
export type { Simulator, SimulatorOptions } from './simulator.ts';
export type { BilledCall } from './bill.ts';
export { SIMULATE_HEADER } from './forced-answer.ts';
export type { ForcedAnswer } from './forced-answer.ts';
