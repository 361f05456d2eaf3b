import { awaitedHits, timeAwaitedHits } from '../awaited-hits.js';

export const cached = {
  title: "An awaited hit of a provider's async method, by @Cached and by hand",
  ...awaitedHits,
  contenders: {
    wrap: { name: 'wrap', module: 'provider' },
    cached: { name: '@Cached', module: 'provider' },
  },
  ratios: [{ of: 'cached', to: 'wrap', goal: 1.2 }],

  run({ provider }, of, effort, id) {
    const open = async (count, load) => {
      const { wrap, cached: quote } = await provider(count, load);
      const read = id === 'wrap' ? (key) => wrap(key, () => load(key)) : quote;
      return { fill: read, read };
    };
    return timeAwaitedHits(open, of, effort);
  },
};
