import { readFileSync, readlinkSync } from 'node:fs';

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the boot at which it started; empty where that is not known. */
  readonly start: string;
  /** In which space of process numbers; empty where that is not known. */
  readonly namespace: string;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    start: startOf(process.pid)?.start ?? '',
    namespace: namespaceOf(),
  };
  return own;
}

/** Undefined if it cannot be known: the process is of another container, say. */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  const { pid, start, namespace } = identity;
  if (namespace !== ownIdentity().namespace) return undefined;
  if (start === '') return respondsToSignals(pid);
  const found = startOf(pid);
  return found !== undefined && found.start === start && found.state !== 'Z' && found.state !== 'X';
}

/** As a part of a file's name. */
export function identityToken({ pid, start, namespace }: ProcessIdentity): string {
  return `${pid}-${start}-${namespace}`;
}

export function parseIdentity(token: string): ProcessIdentity | undefined {
  const match = /^(\d{1,10})-(\d*)-(\d*)$/.exec(token);
  if (match === null) return undefined;
  return { pid: Number(match[1]), start: match[2]!, namespace: match[3]! };
}

/** proc(5): the name in parentheses may hold spaces and parentheses; the state and 19 fields follow it. */
function startOf(pid: number): { start: string; state: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, start: fields[19]! };
  } catch {
    return undefined;
  }
}

function namespaceOf(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}

function respondsToSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
