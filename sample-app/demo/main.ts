import { RESTARTED_ON, RESTART_KEY } from './restart/second-process.js';

const { [RESTARTED_ON]: folder, [RESTART_KEY]: key = '' } = process.env;

// The second process needs no Nest, and starts in half the time without.
if (folder === undefined) {
  const { tellChapters } = await import('./tell-chapters.js');
  await tellChapters();
} else {
  const { sendToFirstProcess } = await import('./restart/send-to-first-process.js');
  await sendToFirstProcess(folder, key);
}
