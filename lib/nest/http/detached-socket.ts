import { Socket } from 'node:net';

const COPIED = [
  'encrypted',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remoteFamily',
  'remotePort',
] as const;

/** What is seen of a connection. */
export type SocketTraits = ReadonlyMap<string, unknown>;

/** Of one that is open: it tells them no more when it has closed. */
export function traitsOf(socket: object): SocketTraits {
  const original = socket as Record<string, unknown>;
  return new Map(COPIED.map((name) => [name, original[name]]));
}

/** The connection of a request without a client: what is sent goes nowhere, but it looks like the client's. */
export class DetachedSocket extends Socket {
  /** @param traits the client's connection's */
  constructor(traits: SocketTraits) {
    super();
    for (const [name, value] of traits) Object.defineProperty(this, name, { value });
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  override _writev(_chunks: unknown, done: () => void): void {
    done();
  }

  override _final(done: () => void): void {
    done();
  }

  override _read(): void {}
}
