import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Args, Context, GqlExecutionContext, Int, Query, Resolver } from '@nestjs/graphql';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheEvict, CacheService } from 'nestjs-tiered-cache';
import { Observable, of } from 'rxjs';
import { closeGraphQL, GraphQLApplication } from './graphql-application.js';

let runs = 0;

beforeEach(() => {
  runs = 0;
});
afterEach(closeGraphQL);

class Hidden {
  readonly #secret = ++runs;
  get secret(): number {
    return this.#secret;
  }
}

const WithHidden = createParamDecorator(
  (_data: unknown, _context: ExecutionContext) => new Hidden(),
);

@Resolver()
class Careless {
  @Query(() => Int)
  @Cached({ key: () => 5 as unknown as string })
  keyed(): number {
    return ++runs;
  }

  @Query(() => Int)
  @Cached({
    key: () => {
      throw new Error('no key today');
    },
  })
  async thrown(): Promise<number> {
    return ++runs;
  }

  @Query(() => Int)
  @Cached({ varyBy: (() => Promise.resolve('alice')) as unknown as () => string })
  promised(): number {
    return ++runs;
  }

  @Query(() => Int)
  @Cached()
  hidden(@WithHidden() hidden: Hidden): number {
    return hidden.secret;
  }
}

@Resolver()
class Choosy {
  @Query(() => Int)
  @Cached()
  async returned(): Promise<unknown> {
    return ++runs < 3 ? new Error(`failed ${runs}`) : runs;
  }

  @Query(() => [Int], { nullable: 'items' })
  @Cached()
  async listed(): Promise<unknown[]> {
    return [++runs < 2 ? new Error(`failed ${runs}`) : runs];
  }

  @Query(() => Int)
  @Cached({ category: 'even' })
  async even(): Promise<number> {
    return ++runs;
  }

  @Query(() => Int)
  @Cached({ cacheIf: (value: number) => value > 2 })
  above(): Observable<number> {
    return of(++runs);
  }
}

interface OwnContext {
  user?: string;
}

@Resolver()
class Nested {
  @Query(() => String)
  @Cached({
    varyBy: (context) => GqlExecutionContext.create(context).getContext<OwnContext>().user,
  })
  async nested(
    @Args('depth', { type: () => Int }) depth: number,
    @Context() context: OwnContext,
  ): Promise<string> {
    return depth === 0
      ? `${context.user}`
      : `${context.user} asks ${await this.nested(depth - 1, { user: 'bob' })}`;
  }
}

@Injectable()
abstract class Base {
  @Query(() => String)
  @Cached({ category: 'base' })
  async named(@Args('id') id: string): Promise<string> {
    return `${this.constructor.name} ${id} ${++runs}`;
  }
}

@Resolver()
class Derived extends Base {
  @CacheEvict({ category: 'base', allEntries: true })
  @Query(() => Int)
  @Cached({ category: 'own', key: () => 'own' })
  async evicting(@Context() _context: unknown): Promise<number> {
    return ++runs;
  }
}

describe('a resolver', () => {
  it('answers uncached where no key can be made, and says so once', async () => {
    const graphql = await GraphQLApplication.start([Careless]);
    const query = '{ keyed thrown promised }';
    expect(await graphql.data(query)).toEqual({ keyed: 1, thrown: 2, promised: 3 });
    expect(await graphql.data(query)).toEqual({ keyed: 4, thrown: 5, promised: 6 });
    expect(graphql.warnings.sort()).toEqual([
      'Careless.keyed ran uncached: key gave number, not a string',
      'Careless.promised ran uncached: varyBy gave object, not a string or undefined',
      'Careless.thrown ran uncached: no key today',
    ]);
  });

  it('answers uncached where a parameter cannot be keyed', async () => {
    const graphql = await GraphQLApplication.start([Careless]);
    expect(await graphql.data('{ hidden }')).toEqual({ hidden: 1 });
    expect(await graphql.data('{ hidden }')).toEqual({ hidden: 2 });
    expect(graphql.warnings).toEqual([expect.stringMatching(/Hidden.*give it a `key` option$/)]);
  });

  it('that calls itself for somebody else does not do so in the name of its caller', async () => {
    const graphql = await GraphQLApplication.start([Nested]);
    expect(await graphql.as('alice', '{ nested(depth: 1) }')).toEqual({ nested: 'alice asks bob' });
    expect(await graphql.as('alice', '{ nested(depth: 0) }')).toEqual({ nested: 'alice' });
  });

  it('keeps no Error that it returns, alone or in a list', async () => {
    const graphql = await GraphQLApplication.start([Choosy]);
    const asked = async (field: string) => {
      const { data, errors } = await graphql.ask(`{ ${field} }`);
      return errors?.[0]?.message ?? data?.[field];
    };
    const fourTimes = async (field: string) => [
      await asked(field),
      await asked(field),
      await asked(field),
      await asked(field),
    ];
    expect(await fourTimes('returned')).toEqual(['failed 1', 'failed 2', 3, 3]);
    runs = 0;
    expect(await fourTimes('listed')).toEqual(['failed 1', [2], [2], [2]]);
  });

  it('keeps what cacheIf says, its own or that of its category', async () => {
    const categories = { even: { cacheIf: (value: unknown) => (value as number) % 2 === 0 } };
    const graphql = await GraphQLApplication.start([Choosy], {}, { categories });
    const answers = [];
    for (let time = 0; time < 3; time++) answers.push((await graphql.data('{ even }'))!['even']);
    expect(answers).toEqual([1, 2, 2]);
    runs = 1;
    for (let time = 0; time < 3; time++) answers.push((await graphql.data('{ above }'))!['above']);
    expect(answers.slice(3)).toEqual([2, 3, 3]);
  });

  it('has inherited methods, under its own name and with other decorators', async () => {
    const graphql = await GraphQLApplication.start([Derived]);
    const named = '{ named(id: "a") }';
    expect(await graphql.data(named)).toEqual({ named: 'Derived a 1' });
    expect(await graphql.data(named)).toEqual({ named: 'Derived a 1' });
    const { memory } = graphql.app.get(CacheService);
    expect([...memory.keys({ category: 'base' })]).toEqual(['Derived:Base.named(s1:a)']);
    expect(await graphql.data('{ evicting }')).toEqual({ evicting: 2 });
    expect(await graphql.data('{ evicting }')).toEqual({ evicting: 2 });
    expect(await graphql.data(named)).toEqual({ named: 'Derived a 3' });
  });

  it('runs uncached where the cache is switched off, or closed', async () => {
    const off = await GraphQLApplication.start([Derived], {}, { enabled: false });
    expect(await off.data('{ named(id: "a") }')).toEqual({ named: 'Derived a 1' });
    expect(await off.data('{ named(id: "a") }')).toEqual({ named: 'Derived a 2' });
    const closed = await GraphQLApplication.start([Derived]);
    await closed.app.get(CacheService).close();
    expect(await closed.data('{ named(id: "a") }')).toEqual({ named: 'Derived a 3' });
    expect(await closed.data('{ named(id: "a") }')).toEqual({ named: 'Derived a 4' });
  });
});
