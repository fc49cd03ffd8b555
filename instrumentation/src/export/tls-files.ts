/** Paths of the files that TLS is spoken with, as `node:tls` names what is in them. */
export type TlsFiles = Readonly<Partial<Record<'ca' | 'cert' | 'key', string>>>;

export function readTlsFiles(files: TlsFiles): Partial<Record<keyof TlsFiles, Buffer>> {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  return Object.fromEntries(Object.entries(files).map(([name, path]) => [name, readFileSync(path)]));
}
