import { NameTable } from '../../../../../lib/core/stores/file/index/name-table.js';
import { SlotPages, within } from '../../../../../lib/core/stores/file/index/slot-pages.js';
import { nameOf } from './entries.js';

export interface SlotValues {
  readonly size?: number;
  readonly usedAt?: number;
  readonly expiresAt?: number;
}

/** Slots with numbers of their own, as the index would fill them. */
export class NumberedSlots {
  readonly pages = new SlotPages();
  readonly names = new NameTable(this.pages);

  take(id: number, { size = 100, usedAt = id, expiresAt = Infinity }: SlotValues = {}): number {
    const slot = this.pages.take();
    const page = this.pages.pageOf(slot);
    const at = within(slot);
    page.size[at] = size;
    page.usedAt[at] = usedAt;
    page.expiresAt[at] = expiresAt;
    page.ino[at] = id;
    this.names.add(slot, nameOf(id));
    return slot;
  }

  free(slot: number): void {
    this.names.remove(slot);
    this.pages.free(slot);
  }

  idOf(slot: number): number {
    return this.pages.pageOf(slot).ino[within(slot)]!;
  }
}
