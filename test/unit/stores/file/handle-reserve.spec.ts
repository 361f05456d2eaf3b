import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HandleReserve } from '../../../../lib/core/stores/file/handle-reserve.js';
import { compileInto, newFolder, printedWith32Handles, removeFolder } from './support.js';

const OPEN = '/proc/self/fd';

let folder: string;

beforeEach(() => {
  folder = newFolder();
});

afterEach(() => removeFolder(folder));

describe('The reserve of a handle', () => {
  it('lends it where there is no other, again and again, and to nobody else', () => {
    const parts = compileInto(folder);
    const printed = printedWith32Handles(`
      import fs from 'node:fs';
      import { HandleReserve } from '${parts}/handle-reserve.js';
      const reserve = new HandleReserve();
      const held = [];
      const open = () => fs.openSync('/dev/null');
      const work = () => { const fd = open(); fs.closeSync(fd); return 'done'; };
      const outcomeOf = (task) => { try { return task(); } catch ({ code }) { return code; } };
      reserve.take();
      for (;;) try { held.push(open()); } catch { break; }
      const told = [outcomeOf(work), outcomeOf(() => reserve.lend(work)), outcomeOf(() => reserve.lend(work))];
      // Somebody else takes it meanwhile; it is there again as soon as one is free.
      reserve.lend(() => held.push(open()));
      told.push(outcomeOf(() => reserve.lend(work)));
      fs.closeSync(held.pop());
      told.push(outcomeOf(() => reserve.lend(work)));
      held.push(outcomeOf(open));
      told.push(outcomeOf(open), outcomeOf(() => reserve.lend(work)));
      console.log(told.join());`);
    expect(printed).toBe('EMFILE,done,done,EMFILE,done,EMFILE,done\n');
  });

  it('passes on what else goes wrong, and does the work once', () => {
    const reserve = new HandleReserve();
    reserve.take();
    let calls = 0;
    const work = (): never => {
      calls++;
      throw new Error('no file');
    };
    expect(() => reserve.lend(work)).toThrow('no file');
    expect(calls).toBe(1);
    reserve.give();
  });

  it('keeps none before it is asked to, and none when it was given up', () => {
    const count = (): number => readdirSync(OPEN).length;
    const reserve = new HandleReserve();
    const before = count();
    reserve.lend(() => {});
    expect(count()).toBe(before);
    reserve.take();
    reserve.take();
    expect(count()).toBe(before + 1);
    reserve.give();
    reserve.lend(() => {});
    expect(count()).toBe(before);
  });
});
