import { setImmediate as turn } from 'node:timers/promises';

/** Lets everything run that needs no more than turns of the event loop. */
export async function settle(): Promise<void> {
  for (let at = 0; at < 3; at++) await turn();
}

/** Waits, by turns of the event loop, until something holds: what real files need is not known. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (await holds()) return;
    await turn();
  }
  throw new Error('it never came to hold');
}
