import { afterEach, expect, test, vi } from 'vitest';
import { doctor } from '../src/commands/doctor.ts';
import { run } from '../src/run.ts';
import { run as runCommand } from './run-command.ts';

const print = vi.spyOn(console, 'log').mockReturnValue();
const complain = vi.spyOn(console, 'error').mockReturnValue();
afterEach(() => vi.clearAllMocks());
const printed = () => print.mock.calls.flat().join('\n');
const complained = () => complain.mock.calls.flat().join('\n');

test('an unknown command is named, and what there is', async () => {
  expect(await run(['serve'])).toBe(2);
  expect(complained()).toMatch(/no command serve.*\bup\b.*\bdemo\b/);
  expect(printed()).toBe('');
});

test('help is for asking, with the defaults of every setting', async () => {
  expect(await run(['--help'])).toBe(0);
  expect(printed()).toMatch(/--otlp-http-port +OTLP over HTTP \(4318\)/);
  expect(printed()).toMatch(/^ +reprice /m);
});

test('a command asked for help does nothing else', async () => {
  expect(await run(['up', '--help'])).toBe(0);
  expect(printed()).toMatch(/^tokenledger up/);
  expect(printed()).not.toMatch(/^ +reprice /m);
});

test('the version is the package’s', async () => {
  expect(await run(['--version'])).toBe(0);
  expect(printed()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('doctor says once that nothing answers', async () => {
  const { code, text } = await runCommand(doctor, '--api-url', 'http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(text.split('\n')).toEqual([expect.stringMatching(/^FAIL .*does not answer/)]);
});
