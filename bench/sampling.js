/** Where results go, so that the optimizer cannot leave the work out. */
export const sink = { count: 0, last: undefined };

/** Every look-up of a pass has to have hit. */
export function checkAll(found, wanted) {
  if (found !== wanted) throw new Error(`${found} hits of ${wanted}`);
  sink.count += found;
}

const now = () => performance.now();

/** Nanoseconds an operation of a synchronous pass: warm-up, then the least of the samples: noise only adds. */
export function sample(pass, operations, { warmMs, sampleMs, samples }) {
  run(pass, warmMs);
  return Math.min(
    ...Array.from({ length: samples }, () => (run(pass, sampleMs) * 1e6) / operations),
  );
}

/** The same for a pass that is awaited. */
export async function sampleAsync(pass, operations, { warmMs, sampleMs, samples }) {
  await runAsync(pass, warmMs);
  const figures = [];
  for (let at = 0; at < samples; at++) {
    figures.push(((await runAsync(pass, sampleMs)) * 1e6) / operations);
  }
  return Math.min(...figures);
}

/** Milliseconds a pass, of as many as fit into the time. */
function run(pass, forMs) {
  const started = now();
  let passes = 0;
  let ended;
  do {
    pass();
    passes++;
    ended = now();
  } while (ended - started < forMs);
  return (ended - started) / passes;
}

async function runAsync(pass, forMs) {
  const started = now();
  let passes = 0;
  let ended;
  do {
    await pass();
    passes++;
    ended = now();
  } while (ended - started < forMs);
  return (ended - started) / passes;
}
