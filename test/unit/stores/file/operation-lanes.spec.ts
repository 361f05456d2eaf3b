import { describe, expect, it } from '@jest/globals';
import { OperationLanes } from '../../../../lib/core/stores/file/operation-lanes.js';
import { deferred } from '../../../support/deferred.js';
import { settle } from '../../../support/turns.js';

describe('Operation lanes', () => {
  it('run what is of one lane in order, however many may run at a time', async () => {
    const lanes = new OperationLanes(8);
    const log: string[] = [];
    const slow = deferred<void>();
    const first = lanes.run('a', async () => {
      await slow.promise;
      log.push('first');
    });
    const second = lanes.run('a', async () => log.push('second'));
    await lanes.run('b', async () => log.push('other'));
    slow.resolve();
    await Promise.all([first, second]);
    expect(log).toEqual(['other', 'first', 'second']);
  });

  it('are free but from the call of an operation to its end', async () => {
    const lanes = new OperationLanes(2);
    const blocked = deferred<void>();
    const running = lanes.run('a', () => blocked.promise);
    expect(['a', 'b'].map((lane) => lanes.isFree(lane))).toEqual([false, true]);
    const other = lanes.runIdle('b', () => blocked.promise);
    expect(lanes.isFree('c')).toBe(false);
    blocked.resolve();
    await Promise.all([running, other]);
    await lanes.idle();
    expect(['a', 'b'].map((lane) => lanes.isFree(lane))).toEqual([true, true]);
  });

  it('give each operation its own result', async () => {
    const lanes = new OperationLanes(2);
    const failing = lanes.run('a', async () => {
      throw new Error('first');
    });
    const following = lanes.run('a', async () => 'second');
    await expect(failing).rejects.toThrow('first');
    expect(await following).toBe('second');
    expect(lanes.isFree('a')).toBe(true);
  });
});

describe('What a synchronous operation leaves', () => {
  const content = Buffer.from('content');

  it('is not remembered where nothing older is under way', () => {
    const lanes = new OperationLanes(1);
    lanes.override('a', content, () => {
      throw new Error('done again');
    });
    expect(lanes.overriding('a')).toBeUndefined();
  });

  it('is done again after each older operation, and before any newer one', async () => {
    const lanes = new OperationLanes(3);
    const log: string[] = [];
    const gate = deferred<void>();
    const operation = (name: string) =>
      lanes.run('a', async () => {
        await gate.promise;
        log.push(name);
      });
    const older = [operation('older 1'), operation('older 2')];
    lanes.override('a', content, () => log.push('sync'));
    const newer = operation('newer');
    expect(lanes.overriding('a')).toBe(content);
    expect(lanes.overriding('b')).toBeUndefined();
    gate.resolve();
    await Promise.all([...older, newer]);
    expect(log).toEqual(['older 1', 'sync', 'older 2', 'sync', 'newer']);
    expect(lanes.overriding('a')).toBeUndefined();
  });

  it('gives way to what a later one leaves, over operations that came between', async () => {
    const lanes = new OperationLanes(3);
    const log: string[] = [];
    const gate = deferred<void>();
    const first = lanes.run('a', () => gate.promise);
    lanes.override('a', content, () => log.push('one'));
    const between = lanes.run('a', async () => log.push('between'));
    lanes.override('a', null, () => log.push('two'));
    expect(lanes.overriding('a')).toBeNull();
    gate.resolve();
    await Promise.all([first, between]);
    expect(log).toEqual(['two', 'between', 'two']);
  });

  it('is done again after an older operation that fails', async () => {
    const lanes = new OperationLanes(1);
    const log: string[] = [];
    const failing = lanes.run('a', async () => {
      throw new Error('mine');
    });
    lanes.override('a', content, () => log.push('sync'));
    await expect(failing).rejects.toThrow('mine');
    expect(log).toEqual(['sync']);
  });

  it('fails no older operation when it cannot be done again', async () => {
    const lanes = new OperationLanes(1);
    const older = lanes.run('a', async () => 'older');
    lanes.override('a', content, () => {
      throw new Error('no space left');
    });
    expect(await older).toBe('older');
    expect(lanes.overriding('a')).toBeUndefined();
    await settle();
    expect(lanes.isFree('a')).toBe(true);
  });
});
