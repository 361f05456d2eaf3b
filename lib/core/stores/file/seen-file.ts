/** By these one can see whether it is still the same file, with the same content. */
export interface SeenFile {
  readonly ino: number;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

export function isSameFile(one: SeenFile, other: SeenFile): boolean {
  return one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;
}
