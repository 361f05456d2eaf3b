/** What the environment of the process says. Everything has a default that works. */
export interface Settings {
  /** `CACHE_DIRECTORY`; unset: the package's own default, `.cache` under the working directory. */
  cacheDirectory: string | undefined;
  /** `CACHE_ENCRYPTION_KEYS`: the current key, then older ones, with commas between. */
  encryptionKeys: readonly string[];
  /** `DATA_DIRECTORY`; unset: `.data` under the working directory. */
  dataDirectory: string;
}

export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { CACHE_DIRECTORY, CACHE_ENCRYPTION_KEYS, DATA_DIRECTORY } = environment;
  const keys = (CACHE_ENCRYPTION_KEYS ?? '').split(',').map((key) => key.trim());
  return {
    cacheDirectory: CACHE_DIRECTORY || undefined,
    encryptionKeys: keys.filter((key) => key !== ''),
    dataDirectory: DATA_DIRECTORY || '.data',
  };
}
