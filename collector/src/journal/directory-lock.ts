import { DatabaseSync } from 'node:sqlite';

export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

/**
 * Keeps a second process out of a directory. SQLite's exclusive lock is the one file lock Node offers that the kernel
 * releases when its owner dies: after kill -9 nothing is stale and nobody has to wait.
 * @throws DirectoryInUseError
 */
export function lockDirectory(path: string, file: string): { release(): void } {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new DirectoryInUseError(`${path} is in use by another process`, { cause });
  }
  return { release: () => database.close() };
}
