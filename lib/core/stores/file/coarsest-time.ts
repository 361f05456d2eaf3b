/**
 * The coarsest times of file systems. A folder that changed so recently may change again without showing
 * it: it is listed again at the next look.
 */
export const COARSEST_TIME_MS = 2000;
