import { checkAll, checkBoolean, isWholeFrom, type Check } from '../../core/option-checks.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import type { ByteStore } from '../../core/stores/byte-store.js';
import { ADDRESS_CHECKS } from './byte-store/address-checks.js';
import { CLOCK_CHECKS } from './byte-store/expiry-checks.js';
import { OPERATION_CHECKS } from './byte-store/operation-checks.js';
import { VALUE_CHECKS } from './byte-store/value-checks.js';
import { ManualClock } from './manual-clock.js';

const CHECKS = [...VALUE_CHECKS, ...ADDRESS_CHECKS, ...OPERATION_CHECKS];

/** One check of a contract: resolves, or rejects with an error that says what is wrong. */
export interface AsyncContractCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** What a store is asked to bear, and whose time it goes by. */
export interface ByteStoreContractOptions {
  /**
   * Bytes of the largest value, 256 at least.
   *
   * @default 4 MiB
   */
  readonly largestBytes?: number;
  /**
   * Entries written, read and deleted at once.
   *
   * @default 2000
   */
  readonly atOnce?: number;
  /**
   * Whether the store goes by the clock it is given. Where a server keeps the time, the checks that
   * move the clock are left out.
   *
   * @default true
   */
  readonly movableClock?: boolean;
}

const wholeFrom =
  (least: number): Check =>
  (value, option) => {
    if (isWholeFrom(least, value)) return;
    throw new CacheOptionsError(option, value, `a whole number from ${least}`);
  };

const OPTION_CHECKS: Record<keyof ByteStoreContractOptions, Check> = {
  largestBytes: wholeFrom(256),
  atOnce: wholeFrom(1),
  movableClock: checkBoolean,
};

/**
 * What every store below memory must do, as checks for any test runner. `getMany`, `setMany`, `clear`,
 * `prune` and `close` are checked where the store has them.
 *
 * @param name put before the name of each check
 * @param createStore makes an empty store that goes by the clock; each check has one of its own, and
 * closes it
 * @throws CacheOptionsError for options that are none
 * @example
 * for (const check of byteStoreContract('mine', (clock) => new MyStore(clock))) {
 *   test(check.name, () => check.run());
 * }
 */
export function byteStoreContract(
  name: string,
  createStore: (clock: ManualClock) => ByteStore | Promise<ByteStore>,
  options: ByteStoreContractOptions = {},
): AsyncContractCheck[] {
  checkAll(options, OPTION_CHECKS, '');
  const { largestBytes = 4 * 1024 * 1024, atOnce = 2000, movableClock = true } = options;
  const checks = movableClock ? [...CHECKS, ...CLOCK_CHECKS] : CHECKS;
  return checks.map(([title, check]) => ({
    name: `${name}: ${title}`,
    run: async () => {
      // Of a server, the present one; else any.
      const clock = movableClock ? new ManualClock() : new ManualClock(Date.now());
      const store = await createStore(clock);
      const close = closeOnce(store);
      try {
        await check({ store, clock, later: clock.now() + 3_600_000, largestBytes, atOnce, close });
      } catch (error) {
        // What keeps the store from closing says less than what the check has found.
        await close?.().catch(() => {});
        throw error;
      }
      await close?.();
    },
  }));
}

function closeOnce(store: ByteStore): (() => Promise<void>) | undefined {
  if (store.close === undefined) return undefined;
  let closed: Promise<void> | undefined;
  return () => (closed ??= (async () => store.close!())());
}
