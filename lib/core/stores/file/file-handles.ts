import { setTimeout as delay } from 'node:timers/promises';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const GIVE_UP_AFTER_MS = 10_000;

/** Opens a file; where the process, or the machine, has no handle left it waits for one. */
export async function withHandles(open: () => Promise<number>): Promise<number> {
  let wait = FIRST_WAIT_MS;
  for (let waited = 0; ; waited += wait) {
    try {
      return await open();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'EMFILE' && code !== 'ENFILE') || waited > GIVE_UP_AFTER_MS) throw error;
      await delay(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }
}
