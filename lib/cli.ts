#!/usr/bin/env node
import { runCommand } from './integrations/cli/command.js';

// The reader of a pipe has seen enough: `| head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.stderr.on('error', () => {});

void runCommand(process.argv.slice(2), process).then((exitCode) => {
  // Not `exit`: what is written may still be on its way.
  process.exitCode = exitCode;
});
