import { tellAfterRestart } from './after-restart.js';
import type { Told } from './told.js';

/** Tells its part of the story to the process that started this one, and ends with it. */
export async function sendToFirstProcess(folder: string, key: string): Promise<void> {
  const send = (told: Told) => void process.send?.(told);
  process.once('disconnect', () => process.exit());
  const teller = {
    say: (line: string) => send({ say: line }),
    claim: (text: string, holds: boolean) => send({ claim: text, holds }),
  };
  send(await tellAfterRestart(teller, folder, key));
  process.disconnect();
}
