import { Socket } from 'node:net';

const COPIED = [
  'encrypted',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remoteFamily',
  'remotePort',
] as const;

/** The connection of a request without a client: what is sent goes nowhere, but it looks like the client's. */
export class DetachedSocket extends Socket {
  constructor(of: object) {
    super();
    const original = of as Record<string, unknown>;
    for (const name of COPIED) Object.defineProperty(this, name, { value: original[name] });
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
