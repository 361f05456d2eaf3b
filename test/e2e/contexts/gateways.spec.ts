import type { AddressInfo } from 'node:net';
import {
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  UseInterceptors,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { defer, from, Observable, of } from 'rxjs';
import { WebSocket } from 'ws';

let runs = 0;
let app: INestApplication | undefined;
const sockets: WebSocket[] = [];
const warnings: string[] = [];

beforeEach(() => {
  runs = 0;
  warnings.length = 0;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await app?.close();
});

/** What an application keeps on a socket once it knows who is there. */
interface OwnSocket {
  user?: string;
}

const userOf = (context: ExecutionContext): string | undefined =>
  context.switchToWs().getClient<OwnSocket>().user;

@WebSocketGateway()
class Quotes {
  @SubscribeMessage('sign-in')
  signIn(@ConnectedSocket() socket: OwnSocket, @MessageBody() user: string): string {
    return (socket.user = user);
  }

  @SubscribeMessage('quote')
  @Cached()
  async quote(@MessageBody('ticker') ticker: string): Promise<string> {
    return `${ticker} ${++runs}`;
  }

  @Cached()
  @SubscribeMessage('above')
  above(@MessageBody() data: { ticker: string }): string {
    return `${data.ticker} ${++runs}`;
  }

  @SubscribeMessage('undecorated')
  @Cached()
  undecorated(socket: OwnSocket, ticker: string): string {
    return `${ticker} of ${socket.user} ${++runs}`;
  }

  @SubscribeMessage('mine')
  @Cached()
  async mine(@ConnectedSocket() socket: OwnSocket, @MessageBody() ticker: string): Promise<string> {
    return `${ticker} of ${socket.user} ${++runs}`;
  }

  @SubscribeMessage('shared')
  @Cached({ scope: 'public' })
  async shared(
    @ConnectedSocket() _socket: OwnSocket,
    @MessageBody() ticker: string,
  ): Promise<string> {
    return `${ticker} ${++runs}`;
  }

  @SubscribeMessage('varied')
  @Cached({ varyBy: userOf })
  async varied(@ConnectedSocket() socket: OwnSocket, @MessageBody() ticker: string) {
    return `${ticker} of ${socket.user} ${++runs}`;
  }

  @SubscribeMessage('late')
  @UseInterceptors({
    intercept: (_context: unknown, next: CallHandler) => defer(() => next.handle()),
  })
  @Cached({ varyBy: userOf })
  async late(@MessageBody() ticker: string) {
    return `${ticker} ${++runs}`;
  }

  @SubscribeMessage('acknowledged')
  @Cached({ scope: 'public' })
  acknowledged(@Ack() _acknowledge: unknown): string {
    return `acknowledged ${++runs}`;
  }

  @SubscribeMessage('failing')
  @Cached()
  async failing(@MessageBody() ticker: string): Promise<string> {
    if (++runs < 3) throw new WsException(`no ${ticker} ${runs}`);
    return `${ticker} ${runs}`;
  }

  @SubscribeMessage('one')
  @Cached()
  one(@MessageBody() ticker: string): Observable<string> {
    return of(`${ticker} ${++runs}`);
  }

  @SubscribeMessage('several')
  @Cached()
  several(@MessageBody() ticker: string): Observable<string> {
    const run = ++runs;
    return from([`${ticker} ${run}a`, `${ticker} ${run}b`]);
  }
}

/** Sends messages on one socket, and gives what comes back. */
class Client {
  readonly #socket: WebSocket;
  readonly #received: unknown[] = [];
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#received.push(JSON.parse(data.toString('utf8')));
      this.#wake?.();
    });
  }

  static async connect(): Promise<Client> {
    const { port } = (app!.getHttpServer() as { address(): AddressInfo }).address();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    sockets.push(socket);
    const client = new Client(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  static async signedIn(user: string): Promise<Client> {
    const client = await Client.connect();
    await client.ask('sign-in', user);
    return client;
  }

  async ask(event: string, data: unknown): Promise<unknown> {
    this.#socket.send(JSON.stringify({ event, data }));
    return this.next();
  }

  /** The next answer. */
  async next(): Promise<unknown> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift();
  }
}

async function start(): Promise<void> {
  const note = (message: string): number => warnings.push(message);
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot({ logger: { warn: note, error: note } })],
    providers: [Quotes],
  }).compile();
  app = module.createNestApplication({ logger: false });
  // Nest's own messages are `{ event, data }`; what a method returns is sent as it is.
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
}

describe('the messages of a gateway', () => {
  it('are cached by their body, for every socket', async () => {
    await start();
    const [one, other] = [await Client.connect(), await Client.connect()];
    expect(await one.ask('quote', { ticker: 'AAPL' })).toBe('AAPL 1');
    expect(await other.ask('quote', { ticker: 'AAPL', more: true })).toBe('AAPL 1');
    expect(await other.ask('quote', { ticker: 'MSFT' })).toBe('MSFT 2');
    expect(await one.ask('above', { ticker: 'AAPL' })).toBe('AAPL 3');
    expect(await other.ask('above', { ticker: 'AAPL' })).toBe('AAPL 3');
    expect(warnings).toEqual([]);
  });

  it('whose method sees the socket go to no other socket, unless the options allow it', async () => {
    await start();
    const [alice, bob] = [await Client.signedIn('alice'), await Client.signedIn('bob')];
    expect(await alice.ask('mine', 'A')).toBe('A of alice 1');
    expect(await bob.ask('mine', 'A')).toBe('A of bob 2');
    expect(await alice.ask('undecorated', 'A')).toBe('A of alice 3');
    expect(await bob.ask('undecorated', 'A')).toBe('A of bob 4');
    expect(await alice.ask('shared', 'A')).toBe('A 5');
    expect(await bob.ask('shared', 'A')).toBe('A 5');
    expect(await bob.ask('shared', 'B')).toBe('B 6');
    expect(warnings).toEqual([
      expect.stringMatching(/^Quotes.mine ran uncached: its answer may depend on who asks/),
      expect.stringMatching(/^Quotes.undecorated ran uncached: its answer may depend on who asks/),
    ]);
  });

  it('have an entry for each value of varyBy, and none where it is undefined', async () => {
    await start();
    const [alice, bob] = [await Client.signedIn('alice'), await Client.signedIn('bob')];
    const nobody = await Client.connect();
    expect(await alice.ask('varied', 'A')).toBe('A of alice 1');
    expect(await bob.ask('varied', 'A')).toBe('A of bob 2');
    expect(await alice.ask('varied', 'A')).toBe('A of alice 1');
    expect(await bob.ask('varied', 'B')).toBe('B of bob 3');
    expect(await bob.ask('varied', 'A')).toBe('A of bob 2');
    expect(await nobody.ask('varied', 'A')).toBe('A of undefined 4');
    expect(await nobody.ask('varied', 'A')).toBe('A of undefined 5');
  });

  it('have them too where an interceptor calls the method late', async () => {
    await start();
    const [alice, bob] = [await Client.signedIn('alice'), await Client.signedIn('bob')];
    expect(await alice.ask('late', 'A')).toBe('A 1');
    expect(await bob.ask('late', 'A')).toBe('A 2');
    expect(await alice.ask('late', 'A')).toBe('A 1');
  });

  it('always run if their method acknowledges by itself', async () => {
    await start();
    const client = await Client.connect();
    expect(await client.ask('acknowledged', 1)).toBe('acknowledged 1');
    expect(await client.ask('acknowledged', 1)).toBe('acknowledged 2');
  });

  it('that fail are not kept', async () => {
    await start();
    const client = await Client.connect();
    const failed = (message: string) => ({
      event: 'exception',
      data: expect.objectContaining({ status: 'error', message }),
    });
    expect(await client.ask('failing', 'A')).toEqual(failed('no A 1'));
    expect(await client.ask('failing', 'A')).toEqual(failed('no A 2'));
    expect(await client.ask('failing', 'A')).toBe('A 3');
    expect(await client.ask('failing', 'A')).toBe('A 3');
  });

  it('answered by an Observable are kept if it emits one value', async () => {
    await start();
    const client = await Client.connect();
    expect(await client.ask('one', 'A')).toBe('A 1');
    expect(await client.ask('one', 'A')).toBe('A 1');
    expect(await client.ask('one', 'B')).toBe('B 2');
    const several = async () => [await client.ask('several', 'A'), await client.next()];
    expect(await several()).toEqual(['A 3a', 'A 3b']);
    expect(await several()).toEqual(['A 4a', 'A 4b']);
  });
});
