import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  Scope,
} from '@nestjs/common';
import {
  Args,
  CONTEXT,
  Context,
  Field,
  GqlExecutionContext,
  Info,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { of } from 'rxjs';
import { closeGraphQL, GraphQLApplication } from './graphql-application.js';

let runs = 0;

beforeEach(() => {
  runs = 0;
});
afterEach(closeGraphQL);

interface OwnContext {
  user?: string;
}

const userOf = (context: ExecutionContext): string | undefined =>
  GqlExecutionContext.create(context).getContext<OwnContext>().user;

const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  userOf(context),
);

@ObjectType()
class Share {
  @Field()
  ticker!: string;

  @Field(() => Int)
  run!: number;

  constructor(ticker: string, run: number) {
    this.ticker = ticker;
    this.run = run;
  }
}

@Resolver(() => Share)
class Shares {
  @Query(() => Share)
  @Cached()
  async share(@Args('ticker') ticker: string): Promise<Share> {
    return new Share(ticker, ++runs);
  }

  @Cached({ ttl: '1h' })
  @Query(() => Int)
  plain(): number {
    return ++runs;
  }

  @Query(() => Int)
  @Cached()
  many(
    @Args('tickers', { type: () => [String] }) tickers: string[],
    @Args('limit', { type: () => Int, nullable: true }) limit?: number,
  ): number {
    return tickers.length * 1000 + (limit ?? 0) * 100 + ++runs;
  }

  @Query(() => Int)
  @Cached()
  async failing(): Promise<number> {
    if (++runs < 3) throw new Error(`failed ${runs}`);
    return runs;
  }

  @Query(() => String)
  @Cached()
  async mine(@Context() context: OwnContext): Promise<string> {
    return `${context.user} ${++runs}`;
  }

  @Query(() => String)
  @Cached()
  async selected(@Info() info: { fieldName: string }): Promise<string> {
    return `${info.fieldName} ${++runs}`;
  }

  @Query(() => String)
  @Cached({ scope: 'public' })
  async shared(@Context() context: OwnContext): Promise<string> {
    return `${context.user === undefined ? 'nobody' : 'somebody'} ${++runs}`;
  }

  @Query(() => String)
  @Cached({ varyBy: userOf })
  async varied(@Args('of') of: string, @Context() context: OwnContext): Promise<string> {
    return `${of} ${context.user} ${++runs}`;
  }

  @Query(() => String)
  @Cached({ varyBy: 'header:x-user' })
  async byHeader(@Context() context: OwnContext): Promise<string> {
    return `${context.user} ${++runs}`;
  }

  @Query(() => String)
  @Cached({ key: (context: OwnContext) => `keyed ${context.user}` })
  async keyed(@Context() context: OwnContext): Promise<string> {
    return `${context.user} ${++runs}`;
  }

  @Query(() => String)
  @Cached()
  async current(@CurrentUser() user: string): Promise<string> {
    return `${user} ${++runs}`;
  }

  @Query(() => Int)
  @Cached({ scope: 'private' })
  async secret(): Promise<number> {
    return ++runs;
  }

  @Query(() => Int)
  @Cached()
  observed(@Args('from', { type: () => Int }) from: number) {
    return of(from + ++runs);
  }

  @Mutation(() => Int)
  @Cached()
  async buy(): Promise<number> {
    return ++runs;
  }

  @ResolveField(() => Int)
  @Cached()
  async price(
    @Parent() share: Share,
    @Args('day', { type: () => Int }) day: number,
  ): Promise<number> {
    return share.ticker.length * 1000 + day * 100 + ++runs;
  }

  @ResolveField(() => String)
  @Cached()
  async owner(@Parent() share: Share, @Context() context: OwnContext): Promise<string> {
    return `${share.ticker} of ${context.user} ${++runs}`;
  }

  @ResolveField(() => String)
  @Cached({ varyBy: userOf, key: (share: Share) => `share of ${share.ticker}` })
  async mineOf(@Parent() share: Share, @Context() context: OwnContext): Promise<string> {
    return `${share.ticker} of ${context.user} ${++runs}`;
  }

  @ResolveField(() => String)
  @Cached({ varyBy: userOf })
  async blind(@Parent() share: Share): Promise<string> {
    return `${share.ticker} ${++runs}`;
  }

  // Nest calls these with everything there is, by position.
  @ResolveField(() => Int)
  @Cached({ key: (share: Share) => share.ticker })
  undecorated(share: Share): number {
    return share.ticker.length * 1000 + ++runs;
  }

  @ResolveField(() => String)
  @Cached()
  undecoratedOwner(share: { ticker: string }, _args: object, context: OwnContext): string {
    return `${share.ticker} of ${context.user} ${++runs}`;
  }

  @ResolveField(() => String)
  @Cached({ varyBy: userOf })
  undecoratedVaried(_share: object, _args: object, context: OwnContext): string {
    return `${context.user} ${++runs}`;
  }
}

@Resolver()
class Root {
  @Query(() => Share)
  share(@Args('ticker') ticker: string): Share {
    return new Share(ticker, 0);
  }
}

/** Has the context without a parameter for it. */
@Resolver()
@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(@Inject(CONTEXT) private readonly context: OwnContext) {}

  @Query(() => String)
  @Cached()
  async me(): Promise<string> {
    return `${this.context.user} ${++runs}`;
  }

  @Query(() => Int)
  @Cached({ scope: 'public' })
  async everybody(): Promise<number> {
    return ++runs;
  }
}

describe('GraphQL queries', () => {
  it('are cached by their arguments', async () => {
    const { data } = bound(await GraphQLApplication.start([Shares]));
    const share = (ticker: string) => data(`{ share(ticker: "${ticker}") { ticker run } }`);
    expect(await share('AAPL')).toEqual({ share: { ticker: 'AAPL', run: 1 } });
    expect(await share('MSFT')).toEqual({ share: { ticker: 'MSFT', run: 2 } });
    expect(await share('AAPL')).toEqual({ share: { ticker: 'AAPL', run: 1 } });
    expect([await data('{ plain }'), await data('{ plain }')]).toEqual([
      { plain: 3 },
      { plain: 3 },
    ]);
    expect(await data('{ many(tickers: ["a", "b"]) }')).toEqual({ many: 2004 });
    expect(await data('{ many(tickers: ["a", "b"], limit: 1) }')).toEqual({ many: 2105 });
    expect(await data('{ many(tickers: ["a", "b"]) }')).toEqual({ many: 2004 });
  });

  it('run once for concurrent callers', async () => {
    const { data } = bound(await GraphQLApplication.start([Shares]));
    const query = '{ one: share(ticker: "A") { run } two: share(ticker: "A") { run } }';
    expect(await data(query)).toEqual({ one: { run: 1 }, two: { run: 1 } });
  });

  it('that fail are not kept', async () => {
    const graphql = await GraphQLApplication.start([Shares]);
    const messages = async () => (await graphql.ask('{ failing }')).errors?.[0]?.message;
    expect([await messages(), await messages()]).toEqual(['failed 1', 'failed 2']);
    expect(await graphql.data('{ failing }')).toEqual({ failing: 3 });
    expect(await graphql.data('{ failing }')).toEqual({ failing: 3 });
  });

  it('that give Observables are kept by what these emit last', async () => {
    const { data } = bound(await GraphQLApplication.start([Shares]));
    const query = '{ observed(from: 10) }';
    // Not declared to give one, so that it has to be seen first.
    expect(await data(query)).toEqual({ observed: 11 });
    expect(await data(query)).toEqual({ observed: 12 });
    expect(await data(query)).toEqual({ observed: 12 });
    expect(await data('{ observed(from: 20) }')).toEqual({ observed: 23 });
  });

  it('called by other code are cached by the same arguments', async () => {
    const graphql = await GraphQLApplication.start([Shares]);
    await graphql.data('{ share(ticker: "A") { run } }');
    const shares = graphql.app.get(Shares);
    expect(await shares.share('A')).toEqual({ ticker: 'A', run: 1 });
    await shares.varied('A', { user: 'alice' });
    expect(await shares.varied('A', { user: 'bob' })).toBe('A bob 3');
  });

  it('are not cached if they are mutations', async () => {
    const graphql = await GraphQLApplication.start([Shares]);
    expect(await graphql.data('mutation { buy }')).toEqual({ buy: 1 });
    expect(await graphql.data('mutation { buy }')).toEqual({ buy: 2 });
    expect(graphql.warnings).toEqual(['Shares.buy ran uncached: it is a mutation']);
  });
});

describe('an answer that may depend on who asks', () => {
  it('goes to nobody else, unless the options allow it', async () => {
    const graphql = await GraphQLApplication.start([Shares]);
    const twice = async (field: string): Promise<unknown[]> => [
      Object.values((await graphql.as('alice', `{ ${field} }`))!)[0],
      Object.values((await graphql.as('bob', `{ ${field} }`))!)[0],
      Object.values((await graphql.as('alice', `{ ${field} }`))!)[0],
    ];
    expect(await twice('mine')).toEqual(['alice 1', 'bob 2', 'alice 3']);
    expect(await twice('selected')).toEqual(['selected 4', 'selected 5', 'selected 6']);
    expect(await twice('secret')).toEqual([7, 8, 9]);
    expect(await twice('shared')).toEqual(['somebody 10', 'somebody 10', 'somebody 10']);
    expect(await twice('keyed')).toEqual(['alice 11', 'bob 12', 'alice 11']);
    expect(await twice('current')).toEqual(['alice 13', 'bob 14', 'alice 13']);
    expect(await twice('byHeader')).toEqual(['alice 15', 'bob 16', 'alice 15']);
    expect(await twice('varied(of: "a")')).toEqual(['a alice 17', 'a bob 18', 'a alice 17']);
    expect(graphql.warnings).toEqual([
      expect.stringMatching(/^Shares.mine ran uncached: its answer may depend on who asks/),
      expect.stringMatching(/^Shares.selected ran uncached: its answer may depend on who asks/),
    ]);
  });

  it('is not kept where varyBy is undefined', async () => {
    const { data } = bound(await GraphQLApplication.start([Shares]));
    expect(await data('{ varied(of: "a") }')).toEqual({ varied: 'a undefined 1' });
    expect(await data('{ varied(of: "a") }')).toEqual({ varied: 'a undefined 2' });
    expect(await data('{ byHeader }')).toEqual({ byHeader: 'undefined 3' });
    expect(await data('{ byHeader }')).toEqual({ byHeader: 'undefined 4' });
  });

  it('keeps no user in a key', async () => {
    const graphql = await GraphQLApplication.start([Shares]);
    await graphql.as('alice', '{ varied(of: "a") byHeader }');
    const keys = [...graphql.app.get(CacheService).memory.keys()];
    expect(keys).toEqual([
      expect.stringMatching(/^Shares\.varied\(s1:a\) vary=[\w-]{43}$/),
      expect.stringMatching(/^Shares\.byHeader\(\) vary=[\w-]{43}$/),
    ]);
  });

  it('is that of a resolver with an instance for each request', async () => {
    const graphql = await GraphQLApplication.start([PerRequest]);
    expect(await graphql.as('alice', '{ me }')).toEqual({ me: 'alice 1' });
    expect(await graphql.as('bob', '{ me }')).toEqual({ me: 'bob 2' });
    expect(await graphql.as('alice', '{ me }')).toEqual({ me: 'alice 3' });
    expect(await graphql.as('alice', '{ everybody }')).toEqual({ everybody: 4 });
    expect(await graphql.as('bob', '{ everybody }')).toEqual({ everybody: 4 });
  });
});

const enhancers = [
  ['without interceptors', {}],
  ['with interceptors', { fieldResolverEnhancers: ['interceptors'] as ['interceptors'] }],
] as const;

describe.each(enhancers)('GraphQL fields %s', (title, options) => {
  const start = () => GraphQLApplication.start([Shares, Root], options);

  it('are cached by their parent and their arguments', async () => {
    const { data } = bound(await start());
    const price = async (ticker: string, day: number) => {
      const answer = await data(`{ share(ticker: "${ticker}") { price(day: ${day}) } }`);
      return (answer!['share'] as { price: number }).price;
    };
    expect(await price('AB', 1)).toBe(2101);
    expect(await price('AB', 2)).toBe(2202);
    expect(await price('ABC', 1)).toBe(3103);
    expect(await price('AB', 1)).toBe(2101);
    const undecorated = '{ share(ticker: "AB") { undecorated } }';
    expect(await data(undecorated)).toEqual({ share: { undecorated: 2004 } });
    expect(await data(undecorated)).toEqual({ share: { undecorated: 2004 } });
  });

  it('that see the context go to nobody else', async () => {
    const graphql = await start();
    const field = async (user: string, name: string) => {
      const answer = await graphql.as(user, `{ share(ticker: "A") { ${name} } }`);
      return (answer!['share'] as Record<string, string>)[name];
    };
    expect(await field('alice', 'owner')).toBe('A of alice 1');
    expect(await field('bob', 'owner')).toBe('A of bob 2');
    expect(await field('bob', 'undecoratedOwner')).toBe('A of bob 3');
    expect(await field('alice', 'undecoratedOwner')).toBe('A of alice 4');
    expect(await field('alice', 'mineOf')).toBe('A of alice 5');
    expect(await field('bob', 'mineOf')).toBe('A of bob 6');
    expect(await field('alice', 'mineOf')).toBe('A of alice 5');
    expect(await field('alice', 'undecoratedVaried')).toBe('alice 7');
    expect(await field('bob', 'undecoratedVaried')).toBe('bob 8');
    expect(await field('alice', 'undecoratedVaried')).toBe('alice 7');
  });

  it('have varyBy where the context is known, and run where it is not', async () => {
    const graphql = await start();
    const blind = async (user: string) => {
      const answer = await graphql.as(user, '{ share(ticker: "A") { blind } }');
      return (answer!['share'] as { blind: string }).blind;
    };
    const answers = [await blind('alice'), await blind('bob'), await blind('alice')];
    const isKnown = title === 'with interceptors';
    expect(answers).toEqual(isKnown ? ['A 1', 'A 2', 'A 1'] : ['A 1', 'A 2', 'A 3']);
    expect(graphql.warnings).toEqual(
      isKnown ? [] : [expect.stringMatching(/^Shares.blind ran uncached: varyBy is not known/)],
    );
  });
});

function bound(graphql: GraphQLApplication): { data: GraphQLApplication['data'] } {
  return { data: (query, headers) => graphql.data(query, headers) };
}
