import { advice } from './advice.js';
import { boot } from './boot.js';
import { bytes } from './bytes.js';
import { cached } from './cached.js';
import { churn } from './churn.js';
import { cleanup } from './cleanup.js';
import { fileLoop } from './file-loop.js';
import { fileRead } from './file-read.js';
import { fileSafety } from './file-safety.js';
import { fileWrite } from './file-write.js';
import { hit } from './hit.js';
import { madeKey } from './made-key.js';
import { route } from './route.js';
import { wrap } from './wrap.js';

export const measures = {
  hit,
  'made-key': madeKey,
  wrap,
  cached,
  churn,
  bytes,
  cleanup,
  advice,
  boot,
  'file-read': fileRead,
  'file-write': fileWrite,
  'file-loop': fileLoop,
  'file-safety': fileSafety,
  route,
};
