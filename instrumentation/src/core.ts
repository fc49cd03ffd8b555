export * from './index.ts';
export { install } from './install.ts';
