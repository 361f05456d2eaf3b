import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Injectable, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { RecordingLogger } from '../scenario/support/recording-logger.js';

type Package = typeof import('nestjs-tiered-cache');

const logger = new RecordingLogger();
const { warnings } = logger;
const opened: TestingModule[] = [];
let folder: string;
let other: Package;

beforeAll(async () => {
  mkdirSync('build', { recursive: true });
  // Not elsewhere: both copies are to find the same Nest.
  folder = mkdtempSync(join('build', 'other-copy-'));
  cpSync('lib', folder, { recursive: true });
  other = (await import(resolve(folder, 'index.ts'))) as Package;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
});

async function boot(metadata: ModuleMetadata): Promise<TestingModule> {
  const imports = [CacheModule.forRoot({ logger }), ...(metadata.imports ?? [])];
  const module = await Test.createTestingModule({ ...metadata, imports }).compile();
  opened.push(module);
  return module.init();
}

function libraryOf({ Cached, CacheEvict, CachePut, Preload }: Package): Type<{ runs: number }> {
  class Library {
    runs = 0;

    @Preload()
    @Cached('soon')
    async find(): Promise<number> {
      return ++this.runs;
    }

    @CacheEvict({ key: 'a' })
    async change(): Promise<void> {}

    @CachePut({ key: 'a' })
    async put(): Promise<void> {}

    async plain(): Promise<void> {}
  }
  Injectable()(Library);
  return Library;
}

const says = (method: string, module: string): string =>
  `\`Library.${method}\` in ${module} is decorated by another copy of nestjs-tiered-cache: it runs uncached and ` +
  'evicts nothing; install one (`npm ls nestjs-tiered-cache`)';

describe('What another copy of the package decorates', () => {
  it('is named at boot, once a method, and is not checked', async () => {
    const Library = libraryOf(other);
    @Injectable()
    class Own extends Library {
      @Cached()
      async own(): Promise<void> {}
    }
    @Module({ providers: [Library, Own, { provide: 'made', useFactory: () => new Library() }] })
    class Feature {}
    await boot({ imports: [Feature] });
    expect(warnings).toEqual(['find', 'change', 'put'].map((method) => says(method, 'Feature')));
  });

  it('is named when its module is loaded later', async () => {
    const app = await boot({});
    @Module({ providers: [libraryOf(other)] })
    class Late {}
    await app.get(LazyModuleLoader).load(() => Late);
    expect(warnings).toEqual(['find', 'change', 'put'].map((method) => says(method, 'Late')));
  });

  it('is cached by that copy where its module is imported too', async () => {
    class Library {
      @other.Cached()
      async find(): Promise<object> {
        return {};
      }
    }
    const app = await boot({
      imports: [other.CacheModule.forRoot({ logger })],
      providers: [Library],
    });
    const library = app.get(Library);
    expect(await library.find()).toBe(await library.find());
    expect(warnings).toEqual([]);
  });
});
