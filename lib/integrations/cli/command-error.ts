/** Ends the command with one line on stderr. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    /** 1: something is wrong with the folder. 2: with the command line. */
    readonly exitCode: 1 | 2,
    message: string,
  ) {
    super(message);
  }
}

/** @param message names the word that is wrong */
export function wrongUsage(message: string): CommandError {
  return new CommandError(2, message);
}
