import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Command } from '../src/command.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command in this process. */
export async function run(command: Command, ...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const code = await command.run(args, (line) => lines.push(line));
  return { code, text: lines.join('\n') };
}
