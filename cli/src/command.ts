export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What may follow the name, for who asks for help or asked wrongly; absent: settings alone. */
  readonly usage?: string;
  /** Resolves to the exit code. Long-running commands resolve when they are told to stop. */
  run(args: readonly string[], out: (line: string) => void): Promise<number>;
}
