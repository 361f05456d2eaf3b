import { bytes } from './bytes.js';
import { churn } from './churn.js';
import { cleanup } from './cleanup.js';
import { hit } from './hit.js';
import { wrap } from './wrap.js';

export const measures = { hit, wrap, churn, bytes, cleanup };
