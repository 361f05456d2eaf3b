import type { LazyModuleLoader } from '@nestjs/core';

/** Nest tells nobody of the modules that it loads after boot. `look` runs before whoever had them loaded goes on. */
export function afterEachLoad(loader: LazyModuleLoader, look: () => void): void {
  const load = loader.load.bind(loader);
  loader.load = async (given, options) => {
    const loaded = await load(given, options);
    look();
    return loaded;
  };
}
