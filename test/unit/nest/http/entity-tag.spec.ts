import { describe, expect, it } from '@jest/globals';
import { entityTagOf, namesTag } from '../../../../lib/nest/http/entity-tag.js';

describe('an entity tag', () => {
  it('is strong, and the same for text and its bytes', () => {
    const tag = entityTagOf('prices ✓', 'text/plain');
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    expect(entityTagOf(Buffer.from('prices ✓'), 'text/plain')).toBe(tag);
  });

  it('is another one for other bytes and other types', () => {
    const tags = [
      entityTagOf('a', 'text/plain'),
      entityTagOf('b', 'text/plain'),
      entityTagOf('a', 'text/html'),
      entityTagOf('a', undefined),
      entityTagOf('', 'text/plain\na'),
    ];
    expect(new Set(tags).size).toBe(5);
  });
});

describe('If-None-Match', () => {
  it.each(['"t"', 'W/"t"', '"a", "t"', '"a,b" ,W/"t", "c"', '*', ' * ', '"a""t"'])(
    'names it: %s',
    (list) => {
      expect(namesTag(list, '"t"')).toBe(true);
      expect(namesTag(list, 'W/"t"')).toBe(true);
    },
  );

  it.each(['', 't', '"T"', '"t', 't"', '"tt"', '"a"', '"*"', 'W/'])(
    'does not name it: %s',
    (list) => {
      expect(namesTag(list, '"t"')).toBe(false);
    },
  );
});
