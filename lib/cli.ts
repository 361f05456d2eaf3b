#!/usr/bin/env node
import { complain, runCommand } from './integrations/cli/command.js';

let isCut = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has seen enough: `| head -1`.
  if (error.code === 'EPIPE') process.exit();
  if (!isCut) complain(process, `the output cannot be written: ${error.message}`);
  isCut = true;
  process.exitCode = 1;
});

process.stderr.on('error', () => {});

void runCommand(process.argv.slice(2), process).then((exitCode) => {
  // Not `exit`: what is written may still be on its way.
  process.exitCode = isCut ? 1 : exitCode;
});
