import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import {
  Body,
  ConflictException,
  Controller,
  DefaultValuePipe,
  Delete,
  Get,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Put as HttpPut,
  Query,
  Scope,
  SetMetadata,
  StreamableFile,
} from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, Reflector } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheEvict, CacheModule, CachePut, CacheService } from 'nestjs-tiered-cache';
import {
  BehaviorSubject,
  concat,
  EMPTY,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  observable,
  of,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';

const CATEGORY = 'holdings';
const user = new AsyncLocalStorage<number>();
let runs = 0;

function* steps(): Generator<number> {
  yield 1;
  yield 2;
}

/** As libraries other than RxJS take an Observable. */
function interop(values: Observable<unknown>): Observable<unknown> {
  return (Reflect.get(values, observable) as () => Observable<unknown>).call(values);
}

/** A subject with what a Proxy has no part in. */
class Progress extends BehaviorSubject<number> {
  #steps = 0;

  get steps(): number {
    return this.#steps;
  }

  step(): void {
    this.next(++this.#steps);
  }
}

@Injectable()
class Holdings {
  @Cached({ category: CATEGORY, key: (id: number) => `h${id}`, tags: ['holdings'] })
  value(id: number): string {
    return `${id} ${++runs}`;
  }

  @CacheEvict({ category: CATEGORY, key: (id: number) => `h${id}` })
  async change(id: number, fail = false): Promise<number> {
    await Promise.resolve();
    if (fail) throw new Error(`no ${id}`);
    return id;
  }

  /** A thenable whose `then` answers with nothing, as those of some query builders. */
  @CacheEvict({ category: CATEGORY, key: (id: number) => `h${id}` })
  changeByQuery(id: number): PromiseLike<string> {
    const then = (done: (rows: string) => void): void => void setImmediate(done, `rows of ${id}`);
    // oxlint-disable-next-line unicorn/no-thenable -- it is the point
    return { then } as PromiseLike<string>;
  }

  @CacheEvict({ category: CATEGORY, key: (id: number) => `h${id}` })
  changeNow(id: number): number {
    return id;
  }

  @CacheEvict({ category: CATEGORY, keys: (...ids: number[]) => ids.map((id) => `h${id}`) })
  changeSome(..._ids: number[]): void {}

  @CacheEvict({ category: CATEGORY, keys: ['h1'] })
  changeFirst(): void {}

  @CacheEvict({ tags: ['holdings'] })
  changeTagged(): void {}

  @CacheEvict({ tags: (tag: string) => [tag] })
  async changeTag(_tag: string): Promise<void> {}

  @CacheEvict({ category: CATEGORY, allEntries: true })
  changeAll(): void {}

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  stream(fail: boolean): Observable<number> {
    return concat(of(1, 2), fail ? throwError(() => new Error('torn')) : of(3));
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  async streamLater(): Promise<Observable<number>> {
    return concat(of(1, 2), of(3));
  }

  @CacheEvict({ category: CATEGORY, key: () => `h${user.getStore()}` })
  follow<T>(values: Observable<T>): Observable<T> {
    return values;
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  streamNothing(): Observable<number> {
    return EMPTY;
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  streamOn(): Observable<number> {
    return concat(of(1), NEVER);
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  *steps(fail = false): Generator<number, string, string | undefined> {
    const answer = yield 1;
    if (fail) throw new Error('torn');
    yield 2;
    return String(answer);
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  async *slowSteps(fail = false): AsyncGenerator<number, string, string | undefined> {
    const answer = yield 1;
    if (fail) throw new Error('torn');
    yield 2;
    return String(answer);
  }

  @CacheEvict({ category: CATEGORY, key: 'h1' })
  async stepsLater(): Promise<Generator<number>> {
    return steps();
  }

  @CacheEvict({
    category: CATEGORY,
    key: () => {
      throw new Error('no key');
    },
  })
  async changeBadly(): Promise<string> {
    return 'changed';
  }

  @CachePut({ category: CATEGORY, key: (id: number) => `h${id}`, ttl: '1h', tags: ['put'] })
  async save(id: number, value: string): Promise<string> {
    return `${id} ${value}`;
  }

  @CachePut({ category: CATEGORY, key: 'h1' })
  saveNow(value: string): string {
    return value;
  }

  @CachePut({ category: CATEGORY, key: 'h1', cacheIf: (value: string) => value !== 'no' })
  saveSome(value: string): string {
    return value;
  }

  @CachePut({ category: CATEGORY, key: 'h1' })
  saveStream(): Observable<string> {
    return of('first', 'last');
  }

  @CachePut({ category: CATEGORY, key: 'h1' })
  saveAny(value: unknown): unknown {
    return value;
  }

  @CachePut({ category: CATEGORY, key: 'h1', tags: () => null as never })
  saveUntagged(value: string): string {
    return value;
  }

  @CachePut({ category: CATEGORY, key: (id: number) => `h${id}` })
  async saveNothing(_id: number): Promise<never> {
    throw new Error('unsaved');
  }

  // Every order of the decorators is allowed.
  @SetMetadata('top', 1)
  @CacheEvict({ category: CATEGORY, key: 'h1' })
  @SetMetadata('middle', 2)
  @Cached({ category: 'totals' })
  @CachePut({ category: CATEGORY, key: 'h2' })
  @SetMetadata('bottom', 3)
  total(_id: number): string {
    return `total ${++runs}`;
  }
}

let module: TestingModule;
let cache: CacheService;
let holdings: Holdings;
const errors = jest.fn<(message: string) => void>();

beforeEach(async () => {
  runs = 0;
  errors.mockClear();
  const logger = { warn: () => {}, error: errors };
  module = await Test.createTestingModule({
    imports: [CacheModule.forRoot({ logger })],
    providers: [Holdings],
  }).compile();
  await module.init();
  cache = module.get(CacheService);
  holdings = module.get(Holdings);
  jest.spyOn(cache, 'delete');
});

afterEach(async () => {
  await module.close();
  await closeAll();
});

function kept(...ids: number[]): boolean[] {
  return ids.map((id) => cache.memory.has(`h${id}`, { category: CATEGORY }));
}

/** Once the evictions of a test are done: they go to the disk as well. */
async function settled(): Promise<void> {
  await Promise.all(jest.mocked(cache.delete).mock.results.map(({ value }) => value));
}

describe('@CacheEvict', () => {
  beforeEach(() => {
    for (const id of [1, 2, 3]) holdings.value(id);
    cache.memory.set('h1', 'of another category');
  });

  it('evicts before the promise resolves, and nothing but its key', async () => {
    expect(await holdings.change(1)).toBe(1);
    expect(kept(1, 2, 3)).toEqual([false, true, true]);
    expect(cache.memory.has('h1')).toBe(true);
  });

  it('holds the promise back until the eviction is done', async () => {
    const gate = deferred<void>();
    jest.spyOn(cache, 'delete').mockImplementation(() => gate.promise.then(() => true));
    let resolved = false;
    const changed = holdings.change(1).then(() => (resolved = true));
    await settled();
    expect(resolved).toBe(false);
    gate.resolve();
    expect(await changed).toBe(true);
  });

  it('keeps the entry when the method fails', async () => {
    await expect(holdings.change(1, true)).rejects.toThrow('no 1');
    expect(kept(1)).toEqual([true]);
  });

  it('acts after a thenable of its own kind, and hands its result on', async () => {
    expect(await holdings.changeByQuery(1)).toBe('rows of 1');
    expect(kept(1)).toEqual([false]);
  });

  it('evicts before a synchronous method returns', () => {
    expect(holdings.changeNow(1)).toBe(1);
    expect(kept(1)).toEqual([false]);
    holdings.changeSome(2, 3);
    expect(kept(2, 3)).toEqual([false, false]);
    holdings.value(1);
    holdings.changeFirst();
    expect(kept(1)).toEqual([false]);
    holdings.value(1);
    holdings.changeTagged();
    expect(kept(1)).toEqual([false]);
    holdings.value(1);
    holdings.changeAll();
    expect(kept(1)).toEqual([false]);
    expect(cache.memory.has('h1')).toBe(true);
  });

  it('evicts by tags made of the arguments', async () => {
    await holdings.changeTag('others');
    expect(kept(1, 2)).toEqual([true, true]);
    await holdings.changeTag('holdings');
    expect(kept(1, 2)).toEqual([false, false]);
  });

  it('evicts when an Observable completes without a value', async () => {
    await lastValueFrom(holdings.streamNothing(), { defaultValue: 0 });
    expect(kept(1)).toEqual([false]);
  });

  it('evicts when an Observable completes, and not when it fails', async () => {
    await expect(lastValueFrom(holdings.stream(true))).rejects.toThrow('torn');
    expect(kept(1)).toEqual([true]);
    expect(await lastValueFrom(holdings.stream(false))).toBe(3);
    expect(kept(1)).toEqual([false]);
  });

  it('evicts when who subscribed to an Observable leaves before its end', async () => {
    expect(await firstValueFrom(holdings.stream(true))).toBe(1);
    expect(kept(1)).toEqual([false]);
    // What is loaded while an eviction is under way is not kept.
    await settled();
    holdings.value(1);
    const subscription = holdings.streamOn().subscribe();
    expect(kept(1)).toEqual([true]);
    subscription.unsubscribe();
    expect(kept(1)).toEqual([false]);
    expect(errors).not.toHaveBeenCalled();
  });

  it('evicts when an Observable or a generator completes that was promised, and not before', async () => {
    const values = await holdings.streamLater();
    expect(kept(1)).toEqual([true]);
    expect(await lastValueFrom(values)).toBe(3);
    expect(kept(1)).toEqual([false]);
    await settled();
    holdings.value(1);
    const promised = await holdings.stepsLater();
    expect(kept(1)).toEqual([true]);
    expect([...promised]).toEqual([1, 2]);
    expect(kept(1)).toEqual([false]);
  });

  it('makes the key in the asynchronous context of the call, whoever ends the Observable', () => {
    const source = new Subject<number>();
    for (const id of [1, 2]) user.run(id, () => holdings.follow(source.asObservable()).subscribe());
    user.run(3, () => source.complete());
    expect(kept(1, 2, 3)).toEqual([false, false, true]);
  });

  it('leaves a subject of its class, with all that it has', async () => {
    const progress = new Progress(0);
    const seen: number[] = [];
    const given = user.run(1, () => holdings.follow(progress)) as Progress;
    expect(given).toBeInstanceOf(Progress);
    expect(given.constructor).toBe(Progress);
    expect(given.getValue()).toBe(0);
    given.subscribe((value) => seen.push(value));
    given.step();
    progress.step();
    const late = lastValueFrom(given.pipe(toArray()));
    given.next(7);
    expect([given.value, progress.value, given.steps, progress.steps]).toEqual([7, 7, 2, 2]);
    expect(progress.observed).toBe(true);
    given.complete();
    expect([seen, await late]).toEqual([
      [0, 1, 2, 7],
      [2, 7],
    ]);
    expect(progress.isStopped).toBe(true);
    expect(kept(1)).toEqual([false]);
  });

  it.each<[string, (values: Subject<number>) => unknown]>([
    ['pipe', (values) => values.pipe(map((value) => value)).subscribe()],
    ['asObservable', (values) => values.asObservable().subscribe()],
    ['forEach', (values) => values.forEach(() => {})],
    ['from', (values) => from(values).subscribe()],
    ['another library', (values) => interop(values).subscribe()],
  ])('evicts when a subject completes that is listened to by %s', (_how, listen) => {
    const source = new Subject<number>();
    listen(user.run(1, () => holdings.follow(source)) as Subject<number>);
    source.next(1);
    expect(kept(1)).toEqual([true]);
    source.complete();
    expect(kept(1)).toEqual([false]);
  });

  it('evicts once a subscription', async () => {
    const evict = jest.spyOn(cache, 'delete');
    await lastValueFrom(holdings.stream(false));
    await expect(lastValueFrom(holdings.stream(true))).rejects.toThrow('torn');
    await firstValueFrom(holdings.stream(false));
    expect(evict).toHaveBeenCalledTimes(2);
  });

  it('evicts when a generator is done, and not before', () => {
    const steps = holdings.steps();
    expect(steps.next()).toEqual({ value: 1, done: false });
    expect(steps.next('answer')).toEqual({ value: 2, done: false });
    expect(kept(1)).toEqual([true]);
    expect(steps.next()).toEqual({ value: 'answer', done: true });
    expect(kept(1)).toEqual([false]);
  });

  it('evicts before an asynchronous generator says that it is done', async () => {
    const steps = holdings.slowSteps();
    expect(await steps.next()).toEqual({ value: 1, done: false });
    expect(await steps.next('answer')).toEqual({ value: 2, done: false });
    expect(kept(1)).toEqual([true]);
    expect(await steps.next()).toEqual({ value: 'answer', done: true });
    expect(kept(1)).toEqual([false]);
  });

  it('evicts when a generator is left early, and not when it fails', async () => {
    expect(() => [...holdings.steps(true)]).toThrow('torn');
    const failing = holdings.slowSteps(true);
    await failing.next();
    await expect(failing.next()).rejects.toThrow('torn');
    expect(kept(1)).toEqual([true]);
    for (const _ of holdings.steps()) break;
    expect(kept(1)).toEqual([false]);
    holdings.value(1);
    for await (const _ of holdings.slowSteps()) break;
    expect(kept(1)).toEqual([false]);
  });

  it('never fails the method', async () => {
    expect(await holdings.changeBadly()).toBe('changed');
    expect(errors.mock.calls).toEqual([[expect.stringMatching(/Holdings.changeBadly.*no key/)]]);
    jest.spyOn(cache, 'deleteMany').mockRejectedValue(new Error('broken'));
    expect(await holdings.change(1)).toBe(1);
    expect(holdings.changeNow(1)).toBe(1);
  });

  it('never fails the method when the logger fails either', async () => {
    errors.mockImplementationOnce(() => {
      throw new Error('log transport closed');
    });
    expect(await holdings.changeBadly()).toBe('changed');
    expect(errors).toHaveBeenCalledTimes(1);
  });

  it('acts in what the factories and values of a lazily loaded module give', async () => {
    const value = new Holdings();
    @Module({
      providers: [
        { provide: 'made', useFactory: () => new Holdings() },
        { provide: 'value', useValue: value },
        { provide: 'scoped', scope: Scope.REQUEST, useFactory: async () => new Holdings() },
      ],
    })
    class Lazy {}
    const lazy = await module.get(LazyModuleLoader).load(() => Lazy);
    const scoped = await lazy.resolve<Holdings>('scoped', ContextIdFactory.create());
    for (const each of [lazy.get<Holdings>('made'), value, scoped]) {
      cache.memory.set('h1', 'old', { category: CATEGORY });
      await each.change(1);
      expect(cache.memory.has('h1', { category: CATEGORY })).toBe(false);
    }
  });

  it('does nothing outside Nest', async () => {
    const outside = new Holdings();
    expect(await outside.change(1)).toBe(1);
    expect(outside.changeNow(1)).toBe(1);
    expect(kept(1)).toEqual([true]);
  });
});

describe('@CachePut', () => {
  it('runs always, and stores the result', async () => {
    expect(await holdings.save(1, 'new')).toBe('1 new');
    expect(holdings.value(1)).toBe('1 new');
    expect(await holdings.save(1, 'newer')).toBe('1 newer');
    expect(holdings.value(1)).toBe('1 newer');
    await cache.invalidateTags(['put']);
    expect(kept(1)).toEqual([false]);
  });

  it('stores before a synchronous method returns', () => {
    expect(holdings.saveNow('now')).toBe('now');
    expect(holdings.value(1)).toBe('now');
  });

  it('leaves out what cacheIf refuses', () => {
    holdings.saveSome('yes');
    holdings.saveSome('no');
    expect(holdings.value(1)).toBe('yes');
  });

  it('stores the last value of an Observable', async () => {
    expect(await lastValueFrom(holdings.saveStream())).toBe('last');
    expect(holdings.value(1)).toBe('last');
  });

  it('stores the last value of an Observable that was promised, and no generator', async () => {
    const values = (await holdings.saveAny(Promise.resolve(of('first', 'last')))) as never;
    expect(kept(1)).toEqual([false]);
    expect(await lastValueFrom(values)).toBe('last');
    expect(holdings.value(1)).toBe('last');
    await cache.clear(CATEGORY);
    const promised = (await holdings.saveAny(Promise.resolve(steps()))) as Generator<number>;
    expect([...promised]).toEqual([1, 2]);
    expect(kept(1)).toEqual([false]);
  });

  it.each<[string, () => unknown]>([
    ['a stream', () => Readable.from(['once'])],
    ['a web stream', () => new Response('once').body],
    ['an iterator', () => ['once'].values()],
    ['a Response', () => new Response('once')],
    ['a StreamableFile', () => new StreamableFile(Buffer.from('once'))],
  ])('hands over %s, which can be consumed once only, and does not keep it', async (_, make) => {
    const once = make();
    expect(await holdings.saveAny(Promise.resolve(once))).toBe(once);
    expect(holdings.saveAny(once)).toBe(once);
    expect(await lastValueFrom(holdings.saveAny(of(once)) as Observable<unknown>)).toBe(once);
    expect(kept(1)).toEqual([false]);
    expect(errors).not.toHaveBeenCalled();
  });

  it('takes tags that a function gives as null for none, as @Cached does', () => {
    expect(holdings.saveUntagged('untagged')).toBe('untagged');
    expect(holdings.value(1)).toBe('untagged');
    expect(errors).not.toHaveBeenCalled();
  });

  it('leaves a promise of its class', async () => {
    class Query<T> extends Promise<T> {}
    const saved = holdings.saveAny(Query.resolve('found'));
    expect(saved).toBeInstanceOf(Query);
    expect(await saved).toBe('found');
    expect(holdings.value(1)).toBe('found');
  });

  it('stores nothing of an Observable that completes without a value', async () => {
    const none = holdings.saveAny(EMPTY) as Observable<unknown>;
    expect(await lastValueFrom(none, { defaultValue: 'none' })).toBe('none');
    expect(kept(1)).toEqual([false]);
    const nothing = holdings.saveAny(of(undefined)) as Observable<unknown>;
    expect(await lastValueFrom(nothing)).toBeUndefined();
    expect(kept(1)).toEqual([true]);
  });

  it('stores nothing when the method fails', async () => {
    await expect(holdings.saveNothing(1)).rejects.toThrow('unsaved');
    expect(kept(1)).toEqual([false]);
  });
});

describe('decorators on one method', () => {
  it('all do their work', () => {
    holdings.value(1);
    expect(holdings.total(7)).toBe('total 2');
    expect(kept(1)).toEqual([false]);
    expect(holdings.value(2)).toBe('total 2');
    holdings.value(1);
    expect(holdings.total(7)).toBe('total 2');
    expect(kept(1)).toEqual([false]);
  });

  it('keep the metadata of all others', () => {
    const reflector = new Reflector();
    const { total } = Holdings.prototype;
    const found = ['top', 'middle', 'bottom'].map((key) => reflector.get<number>(key, total));
    expect(found).toEqual([1, 2, 3]);
    expect([total.name, total.length]).toEqual(['total', 1]);
  });
});

const pageKey = (page: string | number = 1) => `page ${Number(page)}`;

@Controller('pages')
class Pages {
  @Get()
  @Cached({ category: CATEGORY, key: pageKey })
  list(@Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number) {
    return { page, run: ++runs };
  }

  @HttpPut()
  @CacheEvict({ category: CATEGORY, key: pageKey })
  change(@Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number) {
    return page;
  }
}

@Controller('portfolios')
class Portfolios {
  @Get(':id')
  @Cached({ category: CATEGORY, key: (id: string) => `h${id}`, tags: ['portfolios'] })
  read(@Param('id') id: string) {
    return { id, run: ++runs };
  }

  @Delete(':id')
  @CacheEvict({ category: CATEGORY, key: (id: number) => `h${id + 0}` })
  remove(@Param('id', ParseIntPipe) id: number) {
    return id;
  }

  @CacheEvict({ tags: ['portfolios'] })
  @Delete()
  async removeAll() {}

  @Delete('all/:outcome')
  @CacheEvict({ category: CATEGORY, allEntries: true })
  clear(@Param('outcome') outcome: string) {
    if (outcome === 'fails') throw new ConflictException();
    return outcome;
  }

  @Delete('some/:ids')
  @CacheEvict({
    category: CATEGORY,
    keys: (ids: string) => ids.split('+').map((id) => `h${id}`),
  })
  async removeSome(@Param('ids') ids: string) {
    await Promise.resolve();
    if (ids.includes('fails')) throw new ConflictException();
    return ids;
  }

  @HttpPut('fails/:id')
  @CachePut({ category: CATEGORY, key: (id: string) => `h${id}` })
  async saveNothing(@Param('id') _id: string) {
    await Promise.resolve();
    throw new ConflictException();
  }

  @HttpPut(':id')
  @CachePut({ category: CATEGORY, key: (id: string) => `h${id}` })
  save(@Param('id') id: string, @Body() body: object) {
    return { id, ...body };
  }
}

describe.each(PLATFORMS)('evicting and putting on the routes of %s', (platform) => {
  let http: HttpApplication;
  const cacheOf = async (path: string) => (await http.get(path)).cache;

  beforeEach(async () => {
    http = await HttpApplication.start(platform, { controllers: [Portfolios, Pages] });
  });

  it('evicts the key of a route, with the arguments after the pipes', async () => {
    expect([await cacheOf('/portfolios/1'), await cacheOf('/portfolios/1')]).toEqual([
      'MISS',
      'HIT',
    ]);
    await cacheOf('/portfolios/2');
    await http.fetch('/portfolios/1', { method: 'DELETE' });
    expect([await cacheOf('/portfolios/1'), await cacheOf('/portfolios/2')]).toEqual([
      'MISS',
      'HIT',
    ]);
    await http.fetch('/portfolios/not-a-number', { method: 'DELETE' });
    expect(await cacheOf('/portfolios/1')).toBe('HIT');
  });

  it('evicts by tag', async () => {
    await cacheOf('/portfolios/1');
    await http.fetch('/portfolios', { method: 'DELETE' });
    expect(await cacheOf('/portfolios/1')).toBe('MISS');
  });

  it('evicts several keys, or the whole category, and nothing of another', async () => {
    const read = async () => [await cacheOf('/portfolios/1'), await cacheOf('/portfolios/2')];
    await http.app.get(CacheService).set('h1', 'of another category');
    await read();
    await http.fetch('/portfolios/some/2+3', { method: 'DELETE' });
    expect(await read()).toEqual(['HIT', 'MISS']);
    await http.fetch('/portfolios/all/works', { method: 'DELETE' });
    expect(await read()).toEqual(['MISS', 'MISS']);
    expect(await http.app.get(CacheService).has('h1')).toBe(true);
  });

  it('does nothing when the handler fails', async () => {
    const before = await http.get('/portfolios/1');
    for (const [method, path] of [
      ['DELETE', '/portfolios/all/fails'],
      ['DELETE', '/portfolios/some/1+fails'],
      ['PUT', '/portfolios/fails/1'],
    ] as const) {
      expect((await http.fetch(path, { method })).status).toBe(409);
      expect(await http.get('/portfolios/1')).toEqual({ ...before, cache: 'HIT' });
    }
  });

  it('pairs with a key that makes the same of arguments before and after pipes', async () => {
    for (const path of ['/pages', '/pages?page=02']) {
      await http.get(path);
      expect(await cacheOf(path)).toBe('HIT');
      await http.fetch(path, { method: 'PUT' });
      expect(await cacheOf(path)).toBe('MISS');
    }
  });

  it('serves what was put under the key of a route', async () => {
    const headers = { 'content-type': 'application/json' };
    const saved = { method: 'PUT', headers, body: JSON.stringify({ cash: 5 }) };
    await http.fetch('/portfolios/1', saved);
    const answer = await http.get('/portfolios/1');
    expect(answer).toEqual({ status: 200, cache: 'HIT', body: '{"id":"1","cash":5}' });
  });
});
