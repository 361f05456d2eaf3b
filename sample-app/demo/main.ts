import { RESTARTED_ON, RESTART_KEY } from './restart/second-process.js';

const { [RESTARTED_ON]: folder, [RESTART_KEY]: key = '' } = process.env;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has seen enough: `| head -1`.
  if (error.code === 'EPIPE') process.exit();
  console.error(`the output cannot be written: ${error.message}`);
  process.exit(1);
});

// The second process needs no Nest, and starts in half the time without.
if (folder === undefined) {
  const { tellChapters } = await import('./tell-chapters.js');
  await tellChapters();
} else {
  const { sendToFirstProcess } = await import('./restart/send-to-first-process.js');
  await sendToFirstProcess(folder, key);
}
