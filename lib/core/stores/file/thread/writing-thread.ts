import { parentPort, workerData } from 'node:worker_threads';
import { FileLayout } from '../file-layout.js';
import { SpareFiles } from '../spare-files.js';
import type { ThreadData } from './write-thread.js';
import { writeInThread } from './thread-write.js';
import { WriteRing } from './write-ring.js';

/** The program of the writing thread: a file of its own in the package. */
const { directory, buffer, owner } = workerData as ThreadData;
const layout = new FileLayout(directory, owner);
const spares = new SpareFiles();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
parentPort!.postMessage('ready');
new WriteRing(buffer).serve((write) => writeInThread(layout, write, spares));
