import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SOURCES = [
  'lib/core/model/options.ts',
  'lib/nest/cache-module.options.ts',
  ...ts.sys.readDirectory('lib/nest/decorators', ['.ts']),
];

/** Every option that an exported interface of options declares. */
function optionsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => name.text.endsWith('Options'))
    .flatMap(({ name, members }) =>
      members.map((member) => `${name.text}.${(member.name as ts.Identifier).text}`),
    );
}

describe('the page of all options', () => {
  const options = SOURCES.flatMap(optionsIn);
  // Those of the file tier have a table of their own, to which it leads.
  const page = ['docs/options.md', 'docs/file-tier.md']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

  it('has options to look for', () => {
    expect(options).toEqual(
      expect.arrayContaining([
        'CacheOptions.enabled',
        'CachedOptions.varyBy',
        'CacheEvictOptions.keys',
      ]),
    );
  });

  it.each(options)('has %s', (option) => {
    const name = option.split('.')[1]!;
    expect(page).toMatch(new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``));
  });
});
