type Routing = typeof import('./route-answers.js');

let routing: Routing | undefined;

/** What answers routes, if it has been loaded. */
export function routingAtHand(): Routing | undefined {
  return routing;
}

/**
 * Loads what answers routes: an eighth of the package, and nothing to an application that has no cached ones.
 * The explorer does it at boot; otherwise the first request waits for it.
 */
export async function loadRouting(): Promise<Routing> {
  routing ??= await import('./route-answers.js');
  return routing;
}
