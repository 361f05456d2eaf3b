import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Teller } from '../teller.js';
import type { Measured, Told } from './told.js';

/** Names the folder to a process of the demo that is to tell what it finds there. */
export const RESTARTED_ON = 'DEMO_RESTARTED_ON';
export const RESTART_KEY = 'DEMO_ENCRYPTION_KEY';

/**
 * Starts this very program again, on the folder, and hands what it tells to the teller.
 *
 * @throws Error if it does not come to its end
 */
export async function tellInSecondProcess(
  folder: string,
  key: string,
  { say, claim }: Teller,
): Promise<Measured> {
  const env = { ...process.env, [RESTARTED_ON]: folder, [RESTART_KEY]: key };
  const child = fork(process.argv[1] ?? '', [], { execPath: process.execPath, env });
  const end = () => child.kill('SIGKILL');
  // Before the folder is removed.
  process.prependOnceListener('exit', end);
  let measured: Measured | undefined;
  child.on('message', (told: Told) => {
    if ('say' in told) say(told.say);
    else if ('claim' in told) claim(told.claim, told.holds);
    else measured = told;
  });
  // All that it sent has arrived once the channel closes, not when the process has ended.
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  process.off('exit', end);
  if (code === 0 && measured !== undefined) return measured;
  throw new Error(`the second process ended with ${String(signal ?? code)}`);
}
