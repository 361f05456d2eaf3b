import { expressGate } from './express-gate.js';
import { fastifyGate } from './fastify-gate.js';
import type { ResponseGate } from './response-gate.js';

/** The gate of a response; none on a platform that is neither Express nor Fastify. */
export function gateOf(response: object): ResponseGate | undefined {
  return fastifyGate(response) ?? expressGate(response);
}
