import { constants } from 'node:fs';

// Windows knows neither of them.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** For a file that may be something else by now: not to follow a link, nor to wait for the other end of a pipe. */
export const SAFELY = O_NOFOLLOW | O_NONBLOCK;

/** For a file that is not there yet. */
export const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | O_NOFOLLOW;
