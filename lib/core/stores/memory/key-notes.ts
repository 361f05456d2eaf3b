import { resized } from './grown-column.js';
import type { KeyFamily } from './key-family.js';

/** What V8 cuts out of a string is from this length on a window on it, and keeps all of it alive. */
const SHORTEST_WINDOW = 13;

/** By slot: the family that its key belongs to and the value it has there, as far as somebody told. */
export class KeyNotes {
  /** By slot: the value, and the family behind it. */
  private rows: unknown[] = [];

  resize(slots: number): void {
    this.rows = resized(this.rows, 2 * slots);
  }

  has(slot: number, family: KeyFamily, value: string | number): boolean {
    const rows = this.rows;
    const at = slot << 1;
    return rows[at + 1] === family && rows[at] === value;
  }

  add(slot: number, family: KeyFamily, value: string | number): void {
    this.rows[slot << 1] = ownCopyOf(value);
    this.rows[(slot << 1) | 1] = family;
  }

  remove(slot: number): void {
    this.rows[slot << 1] = undefined;
    this.rows[(slot << 1) | 1] = undefined;
  }

  clear(): void {
    this.rows.fill(undefined);
  }
}

function ownCopyOf(value: string | number): string | number {
  if (typeof value === 'number' || value.length < SHORTEST_WINDOW) return value;
  return JSON.parse(JSON.stringify(value)) as string;
}
