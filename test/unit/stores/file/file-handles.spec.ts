import { describe, expect, it } from '@jest/globals';
import { withHandles } from '../../../../lib/core/stores/file/file-handles.js';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('With handles', () => {
  it.each(['EMFILE', 'ENFILE'])('a file is opened when %s is over', async (code) => {
    let left = 3;
    const opened = await withHandles(async () => {
      if (left-- > 0) throw failure(code);
      return 7;
    });
    expect([opened, left]).toEqual([7, -1]);
  });

  it('what else is wrong comes back at once', async () => {
    let asked = 0;
    const opening = withHandles(async () => {
      asked++;
      throw failure('ENOENT');
    });
    await expect(opening).rejects.toThrow('ENOENT');
    expect(asked).toBe(1);
  });

  it('what goes wrong after a wait comes back too', async () => {
    const failures = ['EMFILE', 'EACCES'];
    const opening = withHandles(() => Promise.reject(failure(failures.shift()!)));
    await expect(opening).rejects.toThrow('EACCES');
    expect(failures).toEqual([]);
  });
});
