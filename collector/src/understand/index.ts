export * from './observation.ts';
export { observe } from './observe.ts';
