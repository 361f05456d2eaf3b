import { awaitedHits, timeAwaitedHits } from '../awaited-hits.js';

export const wrap = {
  title: 'An awaited hit, one after the other',
  ...awaitedHits,
  contenders: {
    map: { name: 'async function with a Map.get', module: 'map' },
    ours: { name: 'ours, wrap', module: 'ours' },
    'cache-manager': { name: 'cache-manager, wrap', module: 'cache-manager' },
    'layered-loader': { name: 'layered-loader, get', module: 'layered-loader' },
    memoryOnly: {
      name: 'layered-loader, getInMemoryOnly',
      module: 'layered-loader',
      make: 'memoryOnly',
    },
    bentocache: { name: 'bentocache, getOrSet', module: 'bentocache' },
  },
  ratios: [
    { of: 'ours', to: 'map', goal: 2.5 },
    { of: 'ours', to: 'cache-manager', goal: 0.2 },
    { of: 'ours', to: 'layered-loader', goal: 0.8 },
    { of: 'ours', to: 'memoryOnly' },
    { of: 'ours', to: 'bentocache', goal: 0.1 },
  ],

  run(contender, of, effort, id) {
    const open = (count, load) => {
      const { make = 'awaited' } = wrap.contenders[id];
      const cache = contender[make](count, load);
      const factory = () => load('k:0');
      return {
        fill: (key) => cache.wrap(key, () => load(key)),
        read: (key) => cache.wrap(key, factory),
      };
    };
    return timeAwaitedHits(open, of, effort);
  },
};
