/** Runs `work` for 0 to `count - 1`, so many at a time, each caller with the next number when it is done. */
export async function concurrently(callers, count, work) {
  let next = 0;
  const call = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: callers }, call));
}
