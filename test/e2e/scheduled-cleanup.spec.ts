import { Injectable } from '@nestjs/common';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheModule, type CacheModuleOptions, CacheService } from 'nestjs-tiered-cache';
import { CronJob } from 'cron';

const NAME = 'nestjs-tiered-cache:cleanup';
let clock = 1_000_000;
const withClock = { clock: { now: () => clock } };

@Injectable()
class Jobs {
  // Without a name, so that a second registration would show.
  @Cron('0 0 1 1 *')
  @Cached()
  tick(): void {}
}

const opened: TestingModule[] = [];

async function boot(options: CacheModuleOptions, withScheduler: boolean) {
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot(options), ...(withScheduler ? [ScheduleModule.forRoot()] : [])],
    providers: withScheduler ? [Jobs] : [],
  }).compile();
  opened.push(module);
  await module.init();
  return module;
}

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((module) => module.close()));
});

describe('the scheduled cleanup', () => {
  it("stands in the application's registry", async () => {
    const module = await boot({ ...withClock, cleanup: { cron: '0 3 * * *' } }, true);
    const job = module.get(SchedulerRegistry).getCronJob(NAME);
    expect(job.isActive).toBe(true);
    expect(job.cronTime.source).toBe('0 3 * * *');
    expect([job.waitForCompletion, job.unrefTimeout]).toEqual([true, true]);
    const { memory } = module.get(CacheService);
    memory.set('old', 1, { ttl: 1 });
    memory.set('new', 1, { ttl: 60 });
    clock += 2000;
    await job.fireOnTick();
    expect(module.get(CacheService).getStats().memoryCache).toMatchObject({
      entries: 1,
      expirations: 1,
    });
  });

  it('stands there under whatever name a bundler gave the class of the registry', async () => {
    const { name } = SchedulerRegistry;
    Object.defineProperty(SchedulerRegistry, 'name', { value: 'e2', configurable: true });
    try {
      const module = await boot({}, true);
      expect([...module.get(SchedulerRegistry).getCronJobs().keys()]).toContain(NAME);
    } finally {
      Object.defineProperty(SchedulerRegistry, 'name', { value: name, configurable: true });
    }
  });

  it('takes no other class for a registry', async () => {
    /** As automatic mocks do: whatever is asked for is a function. */
    const mock: object = new Proxy(
      {},
      { get: (_, name) => (name === 'then' ? undefined : () => mock) },
    );
    class Mocked {}
    class Facade {
      addCronJob = (): never => {
        throw new Error('not for us');
      };
    }
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot(), ScheduleModule.forRoot()],
      providers: [Facade, { provide: Mocked, useValue: mock }],
    }).compile();
    opened.push(module);
    await module.init();
    expect([...module.get(SchedulerRegistry).getCronJobs().keys()]).toEqual([NAME]);
  });

  it("does not double the application's own jobs", async () => {
    const module = await boot({}, true);
    const names = [...module.get(SchedulerRegistry).getCronJobs().keys()];
    expect(names).toHaveLength(2);
    expect(names).toContain(NAME);
  });

  it('leaves the registry, and the job, when the application ends', async () => {
    const module = await boot({}, true);
    const registry = module.get(SchedulerRegistry);
    const job = registry.getCronJob(NAME);
    const jobs = registry.getCronJobs();
    // What the scheduler finds when it removes all the jobs that are left.
    const left: boolean[] = [];
    jest.spyOn(registry, 'getCronJobs').mockImplementation(() => {
      left.push(jobs.has(NAME));
      return jobs;
    });
    await module.close();
    expect(left).toEqual([false]);
    expect(job.isActive).toBe(false);
  });

  it('takes another name when its own is taken', async () => {
    const module = await Test.createTestingModule({
      imports: [ScheduleModule.forRoot(), CacheModule.forRoot()],
    }).compile();
    opened.push(module);
    const registry = module.get(SchedulerRegistry);
    registry.addCronJob(NAME, CronJob.from({ cronTime: '0 0 * * *', onTick: () => {} }));
    await module.init();
    expect([...registry.getCronJobs().keys()]).toEqual([NAME, `${NAME}:2`]);
    await module.close();
  });

  it('runs by itself in an application without a scheduler', async () => {
    const start = jest.spyOn(CronJob.prototype, 'start');
    const module = await boot({ ...withClock, cleanup: { cron: '0 3 * * *' } }, false);
    const job = start.mock.contexts[0] as CronJob;
    expect(start).toHaveBeenCalledTimes(1);
    expect([job.isActive, job.unrefTimeout]).toEqual([true, true]);
    expect(job.cronTime.source).toBe('0 3 * * *');
    module.get(CacheService).memory.set('old', 1, { ttl: 1 });
    clock += 2000;
    await job.fireOnTick();
    expect(module.get(CacheService).getStats().memoryCache.entries).toBe(0);
    await module.close();
    expect(job.isActive).toBe(false);
  });

  it.each([
    ['with', true],
    ['without', false],
  ])('runs every hour by default, %s a scheduler', async (_how, withScheduler) => {
    // Not the real time: in the last minute of an hour the first pass is the next hour's.
    jest.useFakeTimers({ now: new Date('2026-01-01T12:30:00Z') });
    try {
      const module = await boot(withClock, withScheduler);
      const { memory } = module.get(CacheService);
      for (let hour = 0; hour < 3; hour++) {
        memory.set('old', 1, { ttl: 1 });
        clock += 2000;
        await jest.advanceTimersByTimeAsync(3_600_000);
        expect(module.get(CacheService).getStats().memoryCache.entries).toBe(0);
      }
      await module.close();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is left out where a test has put something without one in the place of the cache', async () => {
    for (const isScheduled of [true, false]) {
      const module = await Test.createTestingModule({
        imports: [CacheModule.forRoot(), ...(isScheduled ? [ScheduleModule.forRoot()] : [])],
      })
        .overrideProvider(CacheService)
        .useValue({ get: async () => undefined, set: async () => undefined })
        .compile();
      opened.push(module);
      const timers = jest.spyOn(globalThis, 'setTimeout');
      await module.init();
      expect(timers.mock.calls.filter(([, after]) => (after ?? 0) > 1000)).toEqual([]);
      timers.mockRestore();
      if (isScheduled) expect(module.get(SchedulerRegistry).doesExist('cron', NAME)).toBe(false);
    }
  });

  it('is left out on demand', async () => {
    jest.useFakeTimers();
    try {
      const unscheduled = await boot({ ...withClock, cleanup: false }, false);
      unscheduled.get(CacheService).memory.set('old', 1, { ttl: 1 });
      clock += 2000;
      await jest.advanceTimersByTimeAsync(7_200_000);
      expect(unscheduled.get(CacheService).getStats().memoryCache.entries).toBe(1);
    } finally {
      jest.useRealTimers();
    }
    const module = await boot({ cleanup: false }, true);
    expect(module.get(SchedulerRegistry).getCronJobs().has(NAME)).toBe(false);
  });

  it('does not stand in the way of closing an application that never started', async () => {
    const module = await Test.createTestingModule({ imports: [CacheModule.forRoot()] }).compile();
    await module.close();
    expect(module.get(CacheService).closed).toBe(true);
    @Injectable()
    class Broken {
      onModuleInit(): void {
        throw new Error('no database');
      }
    }
    const partial = await Test.createTestingModule({
      imports: [CacheModule.forRoot(), ScheduleModule.forRoot()],
      providers: [Broken],
    }).compile();
    await expect(partial.init()).rejects.toThrow('no database');
    await partial.close();
    expect(partial.get(CacheService).closed).toBe(true);
  });
});
