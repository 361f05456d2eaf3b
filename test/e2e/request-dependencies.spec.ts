import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { ModuleRef, REQUEST } from '@nestjs/core';
import { Injector } from '@nestjs/core/injector/injector.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS, type Platform } from './http-application.js';

let runs: string[] = [];
const warnings: string[] = [];
const logger = { warn: (line: string) => warnings.push(line), error: () => {} };

beforeEach(() => {
  runs = [];
  warnings.length = 0;
});
afterEach(async () => {
  await closeAll();
  jest.restoreAllMocks();
});

/** When Nest looks up what a request-scoped or a transient provider depends on: from 12.2 on, and before. */
const LOOK_UPS = ['at boot', 'at the first request'] as const;
type LookUp = (typeof LOOK_UPS)[number];

function lookUp(when: LookUp): void {
  if (when === 'at boot') return;
  const injector = Injector.prototype as unknown as {
    lookupSkippedProviderDependencies?: () => Promise<void>;
  };
  if (injector.lookupSkippedProviderDependencies === undefined) return;
  jest.spyOn(injector, 'lookupSkippedProviderDependencies').mockResolvedValue(undefined);
}

interface Asking {
  headers: { authorization: string };
}

@Injectable({ scope: Scope.REQUEST })
class CurrentUser {
  name = 'nobody';

  @Cached('5m')
  async motto(): Promise<string> {
    runs.push('motto');
    return 'one for all';
  }
}
@Injectable({ scope: Scope.REQUEST, durable: true })
class CurrentTenant {
  name = 'nobody';
}
/** Nothing here injects the request: the guard tells who asks. */
@Injectable({ scope: Scope.REQUEST })
class AuthGuard implements CanActivate {
  constructor(
    private readonly user: CurrentUser,
    private readonly tenant: CurrentTenant,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Asking>();
    this.user.name = headers.authorization;
    this.tenant.name = headers.authorization;
    return true;
  }
}
@Injectable()
class Orders {
  constructor(private readonly user: CurrentUser) {}

  @Cached('5m')
  async mine(): Promise<string> {
    return `orders of ${this.user.name}`;
  }

  @Cached({ ttl: '5m', scope: 'public' })
  async open(): Promise<string> {
    runs.push('open');
    return 'open orders';
  }

  @Cached({
    ttl: '5m',
    key(this: Orders) {
      return `keyed ${this.user.name}`;
    },
  })
  async keyed(): Promise<string> {
    runs.push(`keyed ${this.user.name}`);
    return `keyed ${this.user.name}`;
  }
}
@Injectable()
class ByProperty {
  @Inject(CurrentTenant) private readonly tenant!: CurrentTenant;

  @Cached('5m')
  async mine(): Promise<string> {
    return `orders of ${this.tenant.name}`;
  }
}
@Injectable({ scope: Scope.TRANSIENT })
class Between {
  constructor(@Inject('user') readonly user: CurrentUser) {}
}
@Injectable()
class FarOff {
  constructor(private readonly between: Between) {}

  @Cached('5m')
  async mine(): Promise<string> {
    return `orders of ${this.between.user.name}`;
  }
}
class Product {
  constructor(private readonly user: CurrentUser) {}

  @Cached('5m')
  async mine(): Promise<string> {
    return `orders of ${this.user.name}`;
  }
}
@Injectable({ scope: Scope.TRANSIENT })
class Numbers {
  readonly seven = 7;
}
@Injectable({ scope: Scope.REQUEST })
class Alone {
  constructor(private readonly numbers: Numbers) {}

  @Cached('5m')
  async mine(): Promise<string> {
    runs.push('alone');
    return String(this.numbers.seven);
  }
}
/** In a circle, so that it depends on itself. */
@Injectable({ scope: Scope.REQUEST })
class Circle {
  constructor(@Inject(forwardRef(() => Arc)) readonly arc: object) {}

  @Cached('5m')
  async mine(): Promise<string> {
    runs.push('circle');
    return 'circle';
  }
}
@Injectable()
class Arc {
  constructor(@Inject(forwardRef(() => Circle)) readonly circle: object) {}
}
abstract class Asked {
  abstract readonly request: Asking;

  @Cached('5m')
  async mine(): Promise<string> {
    return `orders of ${this.request.headers.authorization}`;
  }
}
@Injectable({ scope: Scope.REQUEST })
class ByConstructor extends Asked {
  constructor(@Inject(REQUEST) readonly request: Asking) {
    super();
  }
}
@Injectable({ scope: Scope.REQUEST, durable: true })
class Durable extends ByConstructor {}
@Injectable({ scope: Scope.REQUEST })
class ByOwnProperty extends Asked {
  @Inject(REQUEST) readonly request!: Asking;
}
@Injectable({ scope: Scope.REQUEST })
class Inherited extends ByOwnProperty {}
@Injectable({ scope: Scope.TRANSIENT })
class Transient extends ByConstructor {}
@Injectable({ scope: Scope.REQUEST })
class ByTransient extends Asked {
  constructor(readonly between: Transient) {
    super();
  }

  get request(): Asking {
    return this.between.request;
  }
}
@Injectable({ scope: Scope.REQUEST })
class CurrentNumbers {
  readonly eight = 8;
}
/** Nest looks no further, as soon as one parameter is not there at boot. */
@Injectable()
class ByBoth extends ByOwnProperty {
  constructor(readonly numbers: CurrentNumbers) {
    super();
  }
}
class Made extends Asked {
  constructor(readonly request: Asking) {
    super();
  }
}
const ASKED = [
  ByConstructor,
  Durable,
  ByOwnProperty,
  Inherited,
  Transient,
  ByTransient,
  ByBoth,
  'made for a request',
  'made for each',
] as const;

@Controller()
class Askings {
  private readonly asked: Asked[];

  constructor(
    one: ByConstructor,
    two: Durable,
    three: ByOwnProperty,
    four: Inherited,
    five: Transient,
    six: ByTransient,
    seven: ByBoth,
    @Inject('made for a request') eight: Asked,
    @Inject('made for each') nine: Asked,
  ) {
    this.asked = [one, two, three, four, five, six, seven, eight, nine];
  }

  @Get()
  async answers(): Promise<string[]> {
    return Promise.all(this.asked.map((each) => each.mine()));
  }
}

@Controller()
class Routes {
  @Inject(CurrentUser) private readonly user!: CurrentUser;
  @Inject(Orders) private readonly orders!: Orders;
  @Inject(ByProperty) private readonly byProperty!: ByProperty;
  @Inject(FarOff) private readonly farOff!: FarOff;
  @Inject('product') private readonly product!: Product;
  @Inject(Alone) private readonly alone!: Alone;
  @Inject(Circle) private readonly circle!: Circle;

  @Get('answers')
  @UseGuards(AuthGuard)
  async answers(): Promise<string[]> {
    const { orders, byProperty, farOff, product } = this;
    return Promise.all([orders, byProperty, farOff, product].map((asked) => asked.mine()));
  }

  @Get('shared')
  @UseGuards(AuthGuard)
  async shared(): Promise<string[]> {
    const { user, orders, alone, circle } = this;
    return [
      await user.motto(),
      await orders.open(),
      await orders.keyed(),
      await alone.mine(),
      await circle.mine(),
    ];
  }
}

const start = (platform: Platform): Promise<HttpApplication> =>
  HttpApplication.start(
    platform,
    {
      controllers: [Routes],
      providers: [
        CurrentUser,
        CurrentTenant,
        Orders,
        ByProperty,
        Between,
        FarOff,
        Numbers,
        Alone,
        Circle,
        Arc,
        { provide: 'ref', inject: [ModuleRef], useFactory: (ref: ModuleRef) => ref },
        { provide: 'user', useExisting: CurrentUser },
        {
          provide: 'product',
          inject: ['user'],
          useFactory: async (user: CurrentUser) => new Product(user),
        },
      ],
    },
    { logger },
  );

const WAYS = PLATFORMS.flatMap((platform) => LOOK_UPS.map((when) => [platform, when] as const));

describe.each(WAYS)(
  'What depends on a provider that each request has of its own, on %s, with what it depends on looked up %s',
  (platform, when) => {
    beforeEach(() => lookUp(when));

    it('gives no user what another was answered, and says so once', async () => {
      const app = await start(platform);
      for (const user of ['alice', 'bob', 'alice']) {
        const { body } = await app.get('/answers', { authorization: user });
        expect(JSON.parse(body)).toEqual(Array.from({ length: 4 }, () => `orders of ${user}`));
      }
      const injected = (method: string, provider: string): string =>
        `${method} runs uncached: each request has an instance, into which, or into what it depends on, ` +
        `its ${provider} is injected, and its arguments do not tell whose; say \`key\`, or \`scope: 'public'\``;
      expect(warnings.map((line) => line.replace(/~[0-9a-f]{8}/, ''))).toEqual([
        injected('Orders.mine', 'CurrentUser'),
        injected('ByProperty.mine', 'CurrentTenant'),
        injected('FarOff.mine', 'CurrentUser'),
        injected('Product.mine', 'CurrentUser'),
      ]);
    });

    it('is cached where the options say whose answer it is, and where it depends on no other', async () => {
      const app = await start(platform);
      for (const user of ['alice', 'bob', 'alice']) {
        const { body } = await app.get('/shared', { authorization: user });
        expect(JSON.parse(body)).toEqual([
          'one for all',
          'open orders',
          `keyed ${user}`,
          '7',
          'circle',
        ]);
      }
      expect(runs).toEqual(['motto', 'open', 'keyed alice', 'alone', 'circle', 'keyed bob']);
      expect(warnings).toEqual([]);
    });

    it('holds for what ModuleRef.create makes', async () => {
      const app = await start(platform);
      const ref = app.app.get<ModuleRef>('ref');
      class Lone {
        @Cached('5m')
        async mine(): Promise<number> {
          return runs.push('lone');
        }
      }
      class MadeByRef {
        @Inject('product') readonly product!: Product;
        @Cached('5m')
        async mine(): Promise<number> {
          return runs.push('made');
        }
      }
      for (let time = 1; time <= 2; time++) {
        await (await ref.create(Lone)).mine();
        await (await ref.create(MadeByRef, { id: time })).mine();
      }
      expect(runs).toEqual(['lone', 'made', 'made']);
      expect(warnings).toEqual([expect.stringContaining('its CurrentUser is injected')]);
    });
  },
);

describe.each(LOOK_UPS)('What the request is injected into, looked up %s', (when) => {
  beforeEach(() => lookUp(when));

  it('gives no user what another was answered, and says so once', async () => {
    const app = await HttpApplication.start(
      'Express',
      {
        controllers: [Askings],
        providers: [
          ...ASKED.filter((asked) => typeof asked !== 'string'),
          CurrentNumbers,
          {
            provide: 'made for a request',
            scope: Scope.REQUEST,
            inject: [REQUEST],
            useFactory: (request: Asking) => new Made(request),
          },
          {
            provide: 'made for each',
            scope: Scope.TRANSIENT,
            inject: [{ token: REQUEST, optional: true }],
            useFactory: async (request: Asking) => new Made(request),
          },
        ],
      },
      { logger },
    );
    for (const user of ['alice', 'bob', 'alice']) {
      const { body } = await app.get('/', { authorization: user });
      expect(JSON.parse(body)).toEqual(ASKED.map(() => `orders of ${user}`));
    }
    expect(warnings).toHaveLength(8);
    for (const line of warnings) {
      expect(line).toMatch(/mine runs uncached: .* the request is injected/);
    }
  });
});
