import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { AbstractGraphQLDriver, type GqlModuleOptions, GraphQLModule } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { graphql } from 'graphql';
import { CacheModule, type CacheModuleOptions } from 'nestjs-tiered-cache';

interface ReadyOptions extends GqlModuleOptions {
  schema: NonNullable<GqlModuleOptions['schema']>;
}

interface GraphQLRequest {
  readonly body: { readonly query: string };
  readonly headers: Record<string, string>;
}

interface GraphQLResponse {
  json(body: unknown): void;
}

/** GraphQL over HTTP and no more: the smallest driver there can be, around the reference executor. */
class PlainDriver extends AbstractGraphQLDriver {
  async start(options: ReadyOptions): Promise<void> {
    const adapter = this.httpAdapterHost.httpAdapter;
    adapter.post(options.path ?? '/graphql', (req: GraphQLRequest, res: GraphQLResponse) => {
      const { schema } = options;
      const contextValue = { req, user: req.headers['x-user'] };
      void graphql({ schema, source: req.body.query, contextValue }).then((answer) =>
        res.json(answer),
      );
    });
  }

  async stop(): Promise<void> {}
}

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string }[];
}

const opened: INestApplication[] = [];

/** A real application with `@nestjs/graphql`, asked over HTTP. */
export class GraphQLApplication {
  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
    /** What the cache logged. */
    readonly warnings: string[],
  ) {}

  static async start(
    providers: NonNullable<ModuleMetadata['providers']>,
    options: Partial<GqlModuleOptions> = {},
    cache: CacheModuleOptions = {},
  ): Promise<GraphQLApplication> {
    const warnings: string[] = [];
    const note = (message: string): number => warnings.push(message);
    const logger = { warn: note, error: note };
    const module = await Test.createTestingModule({
      imports: [
        CacheModule.forRoot({ logger, ...cache }),
        GraphQLModule.forRoot({ driver: PlainDriver, autoSchemaFile: true, ...options }),
      ],
      providers,
    }).compile();
    const app = module.createNestApplication({ logger: false });
    opened.push(app);
    await app.listen(0, '127.0.0.1');
    return new GraphQLApplication(app, `${await app.getUrl()}/graphql`, warnings);
  }

  async ask(query: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer;
  }

  /** The data of an answer that must have no errors. */
  async data(query: string, headers: Record<string, string> = {}): Promise<Answer['data']> {
    const { data, errors } = await this.ask(query, headers);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  as(user: string, query: string): Promise<Answer['data']> {
    return this.data(query, { 'x-user': user });
  }
}

/** Closes every application of the test. For `afterEach`. */
export async function closeGraphQL(): Promise<void> {
  await Promise.all(opened.splice(0).map((app) => app.close()));
}
