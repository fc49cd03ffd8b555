export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Resolves to the exit code. Long-running commands resolve when they are told to stop. */
  run(args: readonly string[], out: (line: string) => void): Promise<number>;
}
