/**
 * A process that shares a journal: `node journal-process.mjs <module> <task> <root> <name>`. It speaks
 * in lines of JSON; what it has printed, it was told is in effect.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';

const [, , module, task, root, name] = process.argv;
const { InvalidationJournal } = await import(pathToFileURL(module).href);
const say = (line) => fs.writeSync(1, `${JSON.stringify(line)}\n`);
const hash = (key) => Buffer.from(key).toString('hex').padEnd(64, '0');

const tasks = {
  /** Invalidates, tells everybody, and checks what the others have told. */
  share() {
    const journal = new InvalidationJournal(root, { compactAboveBytes: 600 });
    const board = fs.openSync(`${root}-board`, 'a+');
    let read = 0;
    for (let round = 0; round < 150; round++) {
      const mark = journal.mark();
      const tag = `${name}-${round}`;
      const entry = { ...mark, name: hash(tag), category: 'c', tags: [tag] };
      if (round % 2 === 0) journal.append({ type: 'tags', tags: [tag] });
      else journal.append({ type: 'keys', names: [entry.name] });
      fs.writeSync(board, `${JSON.stringify(entry)}\n`);
      say({ entry });
      const size = fs.fstatSync(board).size;
      const news = Buffer.alloc(size - read);
      const length = fs.readSync(board, news, 0, news.length, read);
      const whole = news.subarray(0, news.lastIndexOf('\n', length) + 1);
      read += whole.length;
      journal.refresh();
      for (const line of whole.toString().split('\n')) {
        if (line !== '' && journal.isAlive(JSON.parse(line))) say({ missed: line });
      }
    }
    say({ done: name });
  },

  /** Is killed on its way from one file of the journal to the next, in the call named. */
  kill() {
    const journal = new InvalidationJournal(root, { compactAboveBytes: 0 });
    journal.mark();
    const original = fs[name];
    let calls = 0;
    fs[name] = (...args) => {
      // Readers and writers are opened as well: of these only the file to be made counts.
      if (name === 'openSync' && !String(args[0]).endsWith('.tmp')) return original(...args);
      say({ calls: ++calls });
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    };
    syncBuiltinESMExports();
    journal.append({ type: 'tags', tags: ['t'] });
  },

  /** Looks, again and again, where the file of this name cannot be opened. */
  unreadable() {
    const original = fs.openSync;
    fs.openSync = (...args) => {
      if (String(args[0]).endsWith(name)) throw Object.assign(new Error('no'), { code: 'EIO' });
      return original(...args);
    };
    syncBuiltinESMExports();
    const journal = new InvalidationJournal(root);
    const handles = () => fs.readdirSync('/proc/self/fd').length;
    const before = handles();
    for (let time = 0; time < 5; time++) {
      try {
        journal.refresh();
      } catch ({ code }) {
        say({ refused: code, leaked: handles() - before });
      }
    }
  },

  /** Takes a mark where nothing can be written, and invalidates the tag of that name once it can. */
  full() {
    const original = fs.writeSync;
    fs.writeSync = (...args) => {
      if (args[0] === 1) return original(...args);
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();
    const journal = new InvalidationJournal(root);
    const mark = journal.mark();
    try {
      journal.append({ type: 'tags', tags: [name] });
    } catch ({ code }) {
      say({ refused: code, journal: mark.journal });
    }
    fs.writeSync = original;
    syncBuiltinESMExports();
    journal.flush();
  },

  /** Takes a mark where the file system has no hard links, and says so in the way that is named. */
  nolink() {
    fs.linkSync = () => {
      throw Object.assign(new Error(`${name}: link`), { code: name });
    };
    syncBuiltinESMExports();
    try {
      new InvalidationJournal(root).mark();
    } catch ({ code, message }) {
      say({ refused: code, why: message });
    }
  },

  /** Appends until the limit to the size of its files stops it in the middle of a line. */
  fill() {
    const journal = new InvalidationJournal(root);
    const mark = journal.mark();
    for (let round = 0; ; round++) {
      const tag = `tag-${round}`;
      const entry = { ...mark, name: hash(tag), category: 'c', tags: [tag] };
      try {
        journal.append({ type: 'tags', tags: [tag] });
        say({ entry });
      } catch (error) {
        let refused = '';
        try {
          journal.mark();
        } catch (second) {
          refused = second.code;
        }
        say({
          failed: error.code,
          refused,
          pending: journal.pending,
          alive: journal.isAlive(entry),
        });
        return;
      }
    }
  },
};

tasks[task]();
