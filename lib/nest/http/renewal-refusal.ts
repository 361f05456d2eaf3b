/** The request that was to renew a kept answer got none that could be kept: what is kept is left alone. */
export class RenewalRefusal extends Error {
  constructor() {
    super('the request that was to renew a kept answer was refused');
  }
}
