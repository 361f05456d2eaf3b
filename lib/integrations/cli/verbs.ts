import type { Verb } from './verb.js';
import { clear } from './verbs/clear.js';
import { ls } from './verbs/ls.js';
import { simulate } from './verbs/simulate.js';
import { show } from './verbs/show.js';
import { stats } from './verbs/stats.js';
import { verify } from './verbs/verify.js';

/** In the order of the help. */
export const VERBS: readonly Verb[] = [stats, ls, show, clear, verify, simulate];
