import type { StoreKey } from '../../../core/model/store-key.js';
import type { ByteStore } from '../../../core/stores/byte-store.js';
import { demand } from '../demand.js';
import type { ManualClock } from '../manual-clock.js';

/** What a check of the contract is given. */
export interface Bench {
  readonly store: ByteStore;
  readonly clock: ManualClock;
  /** Nothing that is said to expire then expires during a check. */
  readonly later: number;
  readonly largestBytes: number;
  readonly atOnce: number;
  /** Closes the store, once; undefined where it cannot be closed. */
  readonly close: (() => Promise<void>) | undefined;
}

export type ByteStoreCheck = readonly [title: string, check: (bench: Bench) => Promise<void>];

export const KEY: StoreKey = { category: 'default', key: 'key' };

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function demandBytes(
  store: ByteStore,
  address: StoreKey,
  bytes: Uint8Array,
  expiresAt: number,
): Promise<void> {
  const found = await store.get(address);
  demand(found !== undefined, `${shown(address)} is not there`);
  demandSame(found.bytes, bytes, shown(address));
  const wrong = `${shown(address)} expires at ${found.expiresAt}, not at ${expiresAt}`;
  demand(found.expiresAt === expiresAt, wrong);
}

export async function demandNone(store: ByteStore, address: StoreKey, when: string): Promise<void> {
  const found = await store.get(address);
  demand(found === undefined, `${shown(address)} is there ${when}`);
}

export function demandSame(found: Uint8Array, wanted: Uint8Array, what: string): void {
  demand(ArrayBuffer.isView(found), `${what}: the bytes are ${typeof found}`);
  const [one, other] = [found, wanted].map((bytes) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  demand(one!.equals(other!), `${what}: ${found.length} other bytes than the ${wanted.length} set`);
}

export function demandEqual(
  found: readonly unknown[],
  wanted: readonly unknown[],
  what: string,
): void {
  const same = found.length === wanted.length && found.every((each, at) => each === wanted[at]);
  demand(same, `${what} ${found.map(String).join(', ')}; not ${wanted.map(String).join(', ')}`);
}

export function shown({ category, key }: StoreKey): string {
  const short = (text: string): string => JSON.stringify(text.slice(0, 40));
  return `${short(key)} of ${short(category)}`;
}
