import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, type CacheModuleOptions, CacheService } from 'nestjs-tiered-cache';

const warnings: string[] = [];
const logger = { warn: (line: string) => warnings.push(line), error: () => {} };
const opened: TestingModule[] = [];

beforeEach(() => {
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
});

async function boot(metadata: ModuleMetadata): Promise<TestingModule> {
  const module = await Test.createTestingModule(metadata).compile();
  opened.push(module);
  return module.init();
}

@Injectable()
class Quotes {
  @Cached()
  async quote(): Promise<string> {
    return 'quote';
  }
}

/** Two modules that import a cache each. */
function features(one: CacheModuleOptions, other: CacheModuleOptions): ModuleMetadata {
  @Module({ imports: [CacheModule.forRoot({ logger, ...one })], providers: [Quotes] })
  class Orders {}
  @Module({ imports: [CacheModule.forRoot({ logger, ...other })], providers: [Quotes] })
  class Payments {}
  @Module({ imports: [Orders] })
  class Around {}
  return { imports: [Around, Payments] };
}

describe('An application that imports CacheModule.forRoot() more than once', () => {
  it('is told once that it has as many caches, and which modules import them', async () => {
    await boot(features({}, {}));
    expect(warnings).toEqual([
      'CacheModule is there 2 times, each with a cache of its own, whose entries the others neither see nor evict: ' +
        'imported by Orders; by Payments. Import it once, where the application boots; with `isGlobal: false` ' +
        'several are taken to be meant',
    ]);
  });

  it('is told of those that forRootAsync makes', async () => {
    const async = () => CacheModule.forRootAsync({ useFactory: () => ({ logger }) });
    @Module({ imports: [async()] })
    class Feature {}
    await boot({ imports: [async(), Feature, CacheModule.forRoot({ logger })] });
    expect(warnings).toEqual([expect.stringContaining('3 times, each with a cache of its own')]);
    expect(warnings[0]).toContain('imported by RootTestModule; by Feature; by RootTestModule.');
  });

  it('is told nothing where one of them at most is global, or all are one', async () => {
    await boot(features({ isGlobal: false }, { isGlobal: false }));
    await boot(features({ isGlobal: false }, {}));
    const same = CacheModule.forRoot({ logger });
    @Module({ imports: [same] })
    class Feature {}
    const module = await boot({ imports: [same, Feature] });
    expect(module.get(CacheService).closed).toBe(false);
    expect(warnings).toEqual([]);
  });
});
