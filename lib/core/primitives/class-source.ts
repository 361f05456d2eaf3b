/**
 * What the source of a class says of where its instances keep their state:
 * - `open`: nothing speaks against their own properties
 * - `speaking`: it hands `this` to functions, which may keep something by it
 * - `native`: in the engine
 * - `hidden`: where it cannot be seen from outside
 */
export type Openness = 'open' | 'speaking' | 'native' | 'hidden';

/**
 * Private fields: native, where they are declared (`#amount`, and not `https://...#anchor` in a comment),
 * or by the helpers of TypeScript, Babel, swc and esbuild for older targets.
 */
const PRIVATE =
  /(?:[\s{};*]|\*\/|\b(?:accessor|async|get|set|static))#[\p{ID_Start}$_\\]|classPrivateField|class_private|__private(?:Add|Get|In|Method|Set|Wrapper)\b/u;

/** Something kept by `this`, as in a `WeakMap`. */
const KEPT_BY_THIS = /\.(?:get|has)\(\s*this\s*\)|(?<!\b(?:Reflect|_|lodash))\.set\(\s*this\s*,/;

/** A call of a function, not of a method, with `this` first; then what follows on it. */
const HANDS_THIS =
  /(?:(?<![.\w$])[\w$]+|\))\s*\(\s*this\s*([,)])\s*([\w$\u0080-\uffff]*)\s*([^]?)/g;

const NAME = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/g;
const OWN_NAME = /^(?:class|function)\s+([\w$\u0080-\uffff]+)/;
const CONSTRUCTOR = /(?<![.\w$])constructor\s*\(/g;
const KNOWN_VALUES = ['arguments', 'undefined', 'null', 'true', 'false', 'void'];

export function opennessOfSource(source: string): Openness {
  if (source.endsWith('{ [native code] }')) return 'native';
  if (PRIVATE.test(source) || KEPT_BY_THIS.test(source)) return 'hidden';
  const itself = [OWN_NAME.exec(source)?.[1] ?? '', ...KNOWN_VALUES];
  if (constructorsOf(source).some((text) => keepsByThis(text, itself))) return 'hidden';
  for (const [, , second] of source.matchAll(HANDS_THIS)) {
    if (second === '' || !itself.includes(second!)) return 'speaking';
  }
  return 'open';
}

/** The constructors that a class is written with, from their parameters on. */
function constructorsOf(source: string): string[] {
  if (!source.startsWith('class')) return [source.slice(source.indexOf('('))];
  return Array.from(source.matchAll(CONSTRUCTOR), ({ index, 0: { length } }) => {
    const start = index + length - 1;
    const body = source.indexOf('{', closing(source, start));
    return source.slice(start, body < 0 ? undefined : closing(source, body));
  });
}

/**
 * Whether a constructor hands `this` to a function together with a name from outside (`add(this, amount)`,
 * as helpers for private fields are called when a minifier has renamed them), or uses what it is given
 * for it (`internal(this).amount = 1`). A parameter (`assign(this, data)`) is no such name.
 */
function keepsByThis(constructor: string, itself: readonly string[]): boolean {
  const parameters: readonly string[] =
    constructor.slice(0, closing(constructor, 0)).match(NAME) ?? [];
  for (const [, after, name, next] of constructor.matchAll(HANDS_THIS)) {
    if (after === ')') {
      if (name === '' && (next === '.' || next === '[')) return true;
    } else if (/^\D/.test(name!) && (next === ',' || next === ')')) {
      if (!itself.includes(name!) && !parameters.includes(name!)) return true;
    }
  }
  return false;
}

/** Where the bracket at a place is closed, as far as brackets in strings do not mislead. */
function closing(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    const letter = source[at];
    if (letter === '(' || letter === '{') depth++;
    if ((letter === ')' || letter === '}') && --depth === 0) return at;
  }
  return source.length;
}
