/** How long the work took, and the longest time between two turns of the event loop meanwhile. */
export async function watched(work) {
  let heldMs = 0;
  let last = performance.now();
  let watching = true;
  const tick = () => {
    const now = performance.now();
    heldMs = Math.max(heldMs, now - last);
    last = now;
    if (watching) setImmediate(tick);
  };
  // A turn before, so that what led here is not counted; one after, so that the end is.
  await nextTurn();
  last = performance.now();
  setImmediate(tick);
  const started = performance.now();
  await work();
  const tookMs = performance.now() - started;
  await nextTurn();
  watching = false;
  return { tookMs, heldMs };
}

function nextTurn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
