/**
 * A thread with a journal of its own that stops before each call of the file system, until it is told
 * to go on: it stands for a process that the system suspends there.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';

const { module, port, memory } = workerData;
/** [0]: 1 while it runs. [1]: how often it was told to go on. */
const shared = new Int32Array(memory);
let stops = false;

function stop(said) {
  port.postMessage(said);
  const told = Atomics.load(shared, 1);
  Atomics.store(shared, 0, 0);
  Atomics.notify(shared, 0);
  // A late word of the time before wakes too: what counts is whether it was told again.
  while (Atomics.load(shared, 1) === told) Atomics.wait(shared, 1, told);
}

const calls = ['linkSync', 'lstatSync', 'openSync', 'readSync', 'rmSync', 'statSync'];
calls.push('readdirSync', 'writeFileSync', 'writeSync');
for (const name of calls) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (!stops) return original(...args);
    stop({ call: `${name} ${typeof args[0] === 'string' ? args[0] : ''}` });
    // What the call calls itself is a part of it.
    stops = false;
    try {
      if (name !== 'readdirSync') return original(...args);
      // As where a listing takes several calls: the upper half of the names, and later the lower.
      const upper = original(...args).filter((each) => each > 'journal-00000001.');
      stops = true;
      stop({ call: 'readdirSync again' });
      stops = false;
      return [...upper, ...original(...args).filter((each) => each <= 'journal-00000001.')];
    } finally {
      stops = true;
    }
  };
}
syncBuiltinESMExports();
const { InvalidationJournal } = await import(pathToFileURL(module).href);

for (;;) {
  stop({ idle: true });
  const { root, options, knows, tag } = receiveMessageOnPort(port).message;
  const journal = new InvalidationJournal(root, options);
  if (knows) journal.refresh();
  stop({});
  stops = true;
  const there = journal.refresh();
  const mark = journal.mark();
  if (tag !== undefined) journal.append({ type: 'tags', tags: [tag] });
  stops = false;
  journal.close();
  port.postMessage({ result: { mark, there } });
}
