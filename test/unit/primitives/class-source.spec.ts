import { describe, expect, it } from '@jest/globals';
import { opennessOfSource } from '../../../lib/core/primitives/class-source.js';

describe('State that cannot be seen is found in the source of a class', () => {
  it.each([
    ['private fields', 'class Money { #amount = 1 }'],
    ['private fields, minified', 'class M{static#a=1}'],
    ['private methods, minified', 'class M{async*#a(){}}'],
    ['of TypeScript', 'class M { constructor(a) { _M_a.set(this, void 0); this.a = 1; } }'],
    [
      'of TypeScript, with helpers',
      'class M { a() { return __classPrivateFieldGet(this, _a, "f") } }',
    ],
    [
      'of TypeScript, minified',
      'class M{constructor(r){t.add(this),e.set(this,void 0),s(this,e,r,"f")}}',
    ],
    ['of TypeScript for ES5', 'function M(a) { _M_a.set(this, void 0); this.b = a; }'],
    ['of Babel', 'class M { constructor(a) { _classPrivateFieldInitSpec(this, _a, void 0); } }'],
    ['of Babel, minified', 'class M{constructor(t){e(this,s,void 0),i(s,this,t)}}'],
    ['of Babel for ES5, minified', 'function t(e){c(this,t),s(this,v,void 0),b(v,this,e)}'],
    ['of swc', 'class M { constructor(a) { _class_private_field_init(this, _a, {}); } }'],
    [
      'of esbuild',
      'class M { constructor(a) { __privateAdd(this, _a); __privateSet(this, _a, a); } }',
    ],
    ['of esbuild, in a method', 'class M { a() { return __privateGet(this, _a); } }'],
    ['of esbuild, minified', 'class q{constructor(t){i(this,c);i(this,e);m(this,e,t)}}'],
    ['of esbuild, in an heir', 'class M extends q{constructor(){super(...arguments);i(this,n,5)}}'],
    ['of a helper from a module', 'class M{constructor(t){(0,n.Z)(this,a,{value:t})}}'],
    ['of a WeakMap by hand', 'class M { constructor(a) { state.set(this, { a }) } }'],
    ['read from a WeakMap', 'class M { get a() { return state.get(this) } }'],
    ['of a WeakSet', 'class M { get banned() { return banned.has(this) } }'],
    ['behind a function', 'class M { constructor(a) { internal(this).a = a } }'],
    [
      'after another constructor',
      'class M { x = class { constructor() {} }; constructor() { f(this, a) } }',
    ],
  ])('%s', (_what, source) => {
    expect(opennessOfSource(source)).toBe('hidden');
  });
});

describe('Nothing is found in the source of', () => {
  it.each([
    ['an empty class', 'class Query {}'],
    ['one with an address in a comment', 'class Q { /** @see https://a.example/b#c */ a() {} }'],
    ['one with a colour', "class Q { colour = '#fff' }"],
    ['an empty function', 'function Query() {}'],
    ['an heir', 'class Query extends Page {}'],
    [
      'an heir for ES5',
      'function Q() { return _super !== null && _super.apply(this, arguments) || this; }',
    ],
    [
      'an heir of Babel for ES5',
      'function Q() { _classCallCheck(this, Q); return _callSuper(this, Q, arguments); }',
    ],
    [
      'one that takes its properties',
      'class Q { constructor(data) { Object.assign(this, data); } }',
    ],
    ['one with a shorter name', 'class Q{constructor(){t.freeze(this,n)}}'],
    ['one that says what it is', 'class Q { get length() { return Object.keys(this).length } }'],
    ['one that calls itself', 'class Q { constructor() { this.constructor.check(this) } }'],
    ['one with lodash', 'class Q { put(a, b) { _.set(this, a, b) } }'],
  ])('%s', (_what, source) => {
    expect(opennessOfSource(source)).toBe('open');
  });
});

describe('What hands `this` to a function may keep something there', () => {
  it.each([
    ['public fields of esbuild', 'class Q { constructor() { __publicField(this, "page", 1); } }'],
    [
      'the same, minified',
      'class y{constructor(t){u(this,"page",1);u(this,"q");Object.assign(this,t)}}',
    ],
    [
      'public fields of Babel',
      'function Q() { _classCallCheck(this, Q); _defineProperty(this, "page", 1); }',
    ],
    ['what is given', 'class Q { constructor(data) { assign(this, data) } }'],
    [
      'what is given in parts',
      'class Q { constructor({ a, b = {} } = {}) { assign(this, a, b) } }',
    ],
    ['a comparison', 'class Q { equals(other) { return isEqual(this, other) } }'],
    [
      'a method behind a constructor',
      'class Q { constructor() { if (a) { b() } } is(c) { return d(this, c) } }',
    ],
    ['what it is asked', 'class Q { get amount() { return amountOf(this) } }'],
  ])('%s', (_what, source) => {
    expect(opennessOfSource(source)).toBe('speaking');
  });
});

it('What the engine keeps is its own', () => {
  expect(opennessOfSource(String(Date))).toBe('native');
  expect(opennessOfSource(String(class {}.bind))).toBe('native');
});
