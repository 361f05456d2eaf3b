import { types } from 'node:util';
import { asError, CacheSerializationError } from '../primitives/errors.js';
import { readGraph, writeGraph } from './graph-bytes.js';
import { GraphWalk } from './graph-walk.js';
import { adopt } from './own-realm.js';
import { removeStandIns, StandInCopy, type StandIns } from './stand-ins.js';

/** The bytes of a value, with or without what v8 alone would lose. */
export interface GraphBody {
  readonly body: Buffer;
  /** Whether the bytes are JSON: of what JSON gives back as it is, which it does sooner. */
  readonly json: boolean;
  /** Whether the bytes are those of a `RepairedGraph`. */
  readonly repaired: boolean;
}

/** Keeps what v8 loses: references into the graph of what has to be put right in it. */
interface RepairedGraph {
  readonly value: unknown;
  readonly standIns: StandIns | undefined;
  /** Objects that have no prototype. */
  readonly bare: readonly object[];
  readonly used: readonly { readonly expression: RegExp; readonly lastIndex: unknown }[];
}

let foreign: boolean | undefined;

/** Whether v8 makes objects of another realm than this module's. */
function isForeign(): boolean {
  const made = (): unknown => readGraph(writeGraph({}, [], new Set()));
  return (foreign ??= Object.getPrototypeOf(made()) !== Object.prototype);
}

/** A graph of fewer objects, or one less deep that is a tree, is read with stack to spare. */
const SURELY_SHALLOW = 500;

/**
 * @throws CacheSerializationError for a value that could not be read back as it is
 */
export function encodeGraph(value: unknown): GraphBody {
  try {
    const walk = new GraphWalk(value);
    if (isTree(walk) && !('toJSON' in Array.prototype)) {
      return { body: Buffer.from(JSON.stringify(value)), json: true, repaired: false };
    }
    const repaired = walk.errors.length + walk.bare.length + walk.used.length > 0;
    const graph = repaired ? repairable(value, walk) : value;
    const body = writeGraph(graph, walk.views, walk.buffers);
    // Reading takes more stack than writing: what only just could be written might never be read.
    if (walk.objects > SURELY_SHALLOW && (walk.shared || walk.depth > SURELY_SHALLOW)) {
      readGraph(body);
    }
    return { body, json: false, repaired };
  } catch (error) {
    if (error instanceof CacheSerializationError) throw error;
    throw new CacheSerializationError(`value ${reason(error)}`, { cause: error });
  }
}

/** @throws whatever v8 finds wrong with the bytes */
export function decodeGraph({ body, repaired }: Omit<GraphBody, 'json'>): unknown {
  const graph = readGraph(body);
  if (isForeign()) adopt(graph);
  return repaired ? repair(graph as RepairedGraph) : graph;
}

/** JSON writes out what is referred to twice, and knows no cycles. */
function isTree({ jsonOnly, shared, depth }: GraphWalk): boolean {
  return jsonOnly && !shared && depth <= SURELY_SHALLOW;
}

function repairable(value: unknown, walk: GraphWalk): RepairedGraph {
  const copy = walk.errors.length > 0 ? new StandInCopy(value) : undefined;
  const { bare, used } = walk;
  return {
    value: copy ? undefined : value,
    standIns: copy && {
      holder: copy.holder,
      records: copy.records,
      places: copy.places,
      refills: copy.refills,
    },
    bare: copy ? bare.map((object) => copy.copyOf(object)) : bare,
    used: used.map((expression) => ({ expression, lastIndex: expression.lastIndex })),
  };
}

function repair({ value, standIns, bare, used }: RepairedGraph): unknown {
  for (const object of bare) Object.setPrototypeOf(object, null);
  for (const { expression, lastIndex } of used) expression.lastIndex = lastIndex as number;
  return standIns ? removeStandIns(standIns) : value;
}

function reason(error: unknown): string {
  // v8's errors are of its own realm, which under a test runner is not this one.
  const { name, message } = types.isNativeError(error) ? error : asError(error);
  return name === 'RangeError'
    ? `is nested too deep, or too large, to be kept (${message})`
    : `cannot be kept: ${message}`;
}
