/** A small seeded generator (mulberry32): every contender reads the same keys in the same order. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Flat strings: no contender pays for flattening a concatenation at its first look-up. */
export function makeKeys(count, beginning = 'k:') {
  return Array.from({ length: count }, (_, at) =>
    Buffer.from(`${beginning}${at}`).toString('latin1'),
  );
}

export function makeValues(count) {
  return Array.from({ length: count }, (_, at) => ({ id: at, name: 'value' }));
}

/** About 2 KB as JSON: an account with its positions, as an API would answer it. */
export function makeDocument(at, revision = 0) {
  const next = random(at + 1);
  const amount = (most) => Math.round(next() * most * 100) / 100;
  return {
    id: at,
    revision,
    name: `Account ${at}`,
    active: next() < 0.5,
    closedAt: null,
    owner: { first: 'Grace', last: 'Hopper', city: 'Arlington', roles: ['owner', 'trader'] },
    note: 'Reviewed twice a year; every transfer above the limit asks for a second signature.',
    positions: Array.from({ length: 15 }, (_, position) => ({
      symbol: `SYM${Math.floor(next() * 900) + 100}`,
      quantity: Math.floor(next() * 1000),
      price: amount(500),
      history: [amount(500), amount(500), amount(500), amount(500)],
      lot: `lot ${at} of position ${position}`,
    })),
  };
}

const READS = 2 ** 18;

/** Which key each operation takes: `uniform`, or `zipf` (the rank's weight is 1 / rank). */
export function makeOrder(kind, keys, length = READS) {
  const next = random(20_240_229);
  const order = new Uint32Array(length);
  if (kind === 'uniform') {
    for (let at = 0; at < length; at++) order[at] = Math.floor(next() * keys);
    return order;
  }
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 1; rank <= keys; rank++) cumulative[rank - 1] = total += 1 / rank;
  const places = shuffled(keys, next);
  for (let at = 0; at < length; at++) order[at] = places[rankOf(next() * total, cumulative)];
  return order;
}

/** The numbers below `count`, each once. Popular keys must not stand side by side in memory. */
export function shuffled(count, next) {
  const places = Uint32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [places[at], places[other]] = [places[other], places[at]];
  }
  return places;
}

function rankOf(weight, cumulative) {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}
