import type { CacheEvent, CacheObserver } from '../../model/cache-event.js';
import type { MissReason } from '../../model/cache-result.js';
import type { RemovalCause } from '../../model/removal-cause.js';

/**
 * What a memory store tells of its entries. Whether anybody listens is for the store to ask before: a hit pays for
 * that and no more. What a write tells waits until the write is done, since who hears it may write to the store too, and
 * come into a slot that is still in use.
 */
export class MemoryEvents {
  private readonly observer: CacheObserver;
  private readonly category: string;
  /** Of a write that has not ended. */
  private untold: CacheEvent[] | undefined = undefined;

  constructor(observer: CacheObserver, category: string) {
    this.observer = observer;
    this.category = category;
  }

  hit(key: string): void {
    this.tell({ type: 'hit', tier: 'memory', category: this.category, key });
  }

  missed(key: string, reason: MissReason): void {
    this.tell({ type: 'miss', tier: 'memory', category: this.category, key, reason });
  }

  written(key: string): void {
    this.tell({ type: 'set', tier: 'memory', category: this.category, key });
  }

  removed(key: string, cause: RemovalCause): void {
    this.tell({ type: 'remove', tier: 'memory', category: this.category, key, cause });
  }

  cleared(): void {
    this.tell({ type: 'clear', category: this.category });
  }

  /** Does a write, and then tells what was to be told of it. */
  after<T>(write: () => T): T {
    const events: CacheEvent[] = (this.untold = []);
    try {
      return write();
    } finally {
      this.untold = undefined;
      for (const event of events) this.observer.emit(event);
    }
  }

  private tell(event: CacheEvent): void {
    if (this.untold === undefined) this.observer.emit(event);
    else this.untold.push(event);
  }
}
