import { readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from './file-errors.js';

/**
 * A process, or a worker thread of one, told apart from a later one with the same number. A thread may end
 * long before its process: where the system tells which threads there are (Linux), each stands for itself.
 */
export interface ProcessIdentity {
  /** The thread's own number, of the same space; the main thread has its process's. */
  readonly pid: number;
  /** Clock ticks since the boot at which it started; empty where that is not known. */
  readonly start: string;
  /** In which space of process numbers; empty where that is not known. */
  readonly namespace: string;
}

interface Stat {
  readonly start: string;
  /** `Z` and `X`: it has ended, and its parent has not asked yet. */
  readonly state: string;
}

let own: ProcessIdentity | undefined;

/** Of this thread. */
export function ownIdentity(): ProcessIdentity {
  own ??= { ...(threadOf(process.pid) ?? mainThreadOf(process.pid)), namespace: namespaceOf() };
  return own;
}

/** Undefined if it cannot be known: the process is of another container, say. */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  const { pid, start, namespace } = identity;
  if (namespace !== ownIdentity().namespace) return undefined;
  if (start === '') return respondsToSignals(pid);
  const stat = statOf(pid);
  if (stat === undefined || stat === null) return stat === null ? false : undefined;
  return stat.start === start && stat.state !== 'Z' && stat.state !== 'X';
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

/**
 * proc(5): the name in parentheses may hold spaces and parentheses; the state and 19 fields follow it.
 *
 * @returns null if there is no such process, undefined if that cannot be read: for want of a file
 * handle, say, and what a living process holds must not be taken from it for that.
 */
function statOf(pid: number): Stat | null | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, start: fields[19]! };
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ESRCH' ? null : undefined;
  }
}

function mainThreadOf(pid: number): Omit<ProcessIdentity, 'namespace'> {
  return { pid, start: statOf(pid)?.start ?? '' };
}

/** The thread that asks. Undefined where others could not see whether it is there. */
function threadOf(pid: number): Omit<ProcessIdentity, 'namespace'> | undefined {
  try {
    const thread = /^(\d+)\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'));
    if (Number(thread?.[1]) !== pid) return undefined;
    const number = Number(thread![2]);
    const start = statOf(number)?.start;
    return start === undefined ? undefined : { pid: number, start };
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
    return codeOf(error) === 'EPERM';
  }
}
