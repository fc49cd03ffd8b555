/** Data of an INSERT. */
export interface SpooledData {
  /** Relative to the spool directory. */
  readonly file: string;
  readonly bytes: number;
  /** When the statement has ended; of data that was sent, it removes the file. */
  readonly remove: () => Promise<void>;
}
