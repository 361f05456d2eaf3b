/**
 * The exact stack distance of every access: how many keys, its own included, were used since its key
 * was; 0 for a first use. An LRU cache of that many entries or more would have had it.
 */
export function stackDistances(accesses) {
  const count = accesses.length;
  const distances = new Uint32Array(count);
  // One for every access that is the last of its key so far, in a Fenwick tree over time.
  const tree = new Int32Array(count + 1);
  const lastUse = new Map();
  const add = (time, by) => {
    for (let at = time; at <= count; at += at & -at) tree[at] += by;
  };
  const before = (time) => {
    let sum = 0;
    for (let at = time; at > 0; at &= at - 1) sum += tree[at];
    return sum;
  };
  for (let time = 1; time <= count; time++) {
    const key = accesses[time - 1];
    const last = lastUse.get(key);
    if (last !== undefined) {
      distances[time - 1] = lastUse.size - before(last) + 1;
      add(last, -1);
    }
    add(time, 1);
    lastUse.set(key, time);
  }
  return distances;
}

/**
 * Hit ratio of an LRU cache at each of the sizes, ascending.
 *
 * @param halvedEvery accesses after which all before count for half as much; Infinity: all count alike
 */
export function exactCurve(distances, sizes, halvedEvery = Infinity) {
  const largest = sizes.at(-1);
  const hits = new Float64Array(largest + 1);
  let total = 0;
  const periods = Math.floor(distances.length / halvedEvery);
  for (let at = 0; at < distances.length; at++) {
    const weight = 2 ** (Math.floor(at / halvedEvery) - periods);
    total += weight;
    const distance = distances[at];
    if (distance > 0 && distance <= largest) hits[distance] += weight;
  }
  let within = 0;
  let distance = 0;
  return sizes.map((size) => {
    while (distance < size) within += hits[++distance];
    return within / total;
  });
}
