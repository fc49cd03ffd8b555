export interface Command {
  readonly name: string;
  readonly summary: string;
  /** How the command is used, shown by `help` and after a mistake; absent: it takes settings alone. */
  readonly usage?: string;
  /** Resolves to the exit code. Long-running commands resolve when they are told to stop. */
  run(args: readonly string[], out: (line: string) => void): Promise<number>;
}
