import { describe, expect, it } from '@jest/globals';
import { CacheEvents } from '../../../lib/core/events/cache-events.js';
import type { CacheEvent } from '../../../lib/core/model/cache-event.js';
import { CacheOptionsError } from '../../../lib/core/primitives/errors.js';
import { RecordingLogger } from '../../scenario/support/recording-logger.js';

const HIT: CacheEvent = { type: 'hit', tier: 'memory', category: 'c', key: 'k' };
const CLEAR: CacheEvent = { type: 'clear', category: 'c' };

describe('The event stream', () => {
  it('says whether anyone listens', () => {
    const events = new CacheEvents(new RecordingLogger());
    expect(events.listening).toBe(false);
    const stopFirst = events.on('hit', () => {});
    const stopSecond = events.onAny(() => {});
    stopFirst();
    expect(events.listening).toBe(true);
    stopSecond();
    expect(events.listening).toBe(false);
  });

  it('calls a listener for its kind of event, and one to all for every kind', () => {
    const events = new CacheEvents(new RecordingLogger());
    const seen: string[] = [];
    events.on('hit', ({ key }) => seen.push(`hit ${key}`));
    events.onAny(({ type }) => seen.push(`any ${type}`));
    events.emit(HIT);
    events.emit(CLEAR);
    expect(seen).toEqual(['hit k', 'any hit', 'any clear']);
  });

  it('refuses a name that no event has, and what is no listener', () => {
    const events = new CacheEvents(new RecordingLogger());
    const names =
      'hit, miss, set, remove, load, loadFailed, coalesce, clear, invalidateTags, tierFailed';
    for (const name of ['nope', 'toString', undefined]) {
      expect(() => events.on(name as 'hit', () => {})).toThrow(
        new CacheOptionsError('event', name, `one of ${names}`),
      );
    }
    const noListener = undefined as unknown as () => void;
    const expected = new CacheOptionsError('listener', undefined, 'a function');
    expect(() => events.on('hit', noListener)).toThrow(expected);
    expect(() => events.onAny(noListener)).toThrow(expected);
    expect(events.listening).toBe(false);
  });

  it('calls the same function as often as it was subscribed, until each is ended', () => {
    const events = new CacheEvents(new RecordingLogger());
    let calls = 0;
    const listener = (): void => void calls++;
    const stop = events.on('hit', listener);
    events.on('hit', listener);
    events.emit(HIT);
    expect(calls).toBe(2);
    stop();
    stop();
    events.emit(HIT);
    expect(calls).toBe(3);
    expect(events.listening).toBe(true);
  });

  it('logs a listener that throws, and calls the others', () => {
    const logger = new RecordingLogger();
    const events = new CacheEvents(logger);
    const seen: string[] = [];
    events.on('hit', () => {
      throw new Error('broken listener');
    });
    events.on('hit', ({ key }) => seen.push(key));
    expect(() => events.emit(HIT)).not.toThrow();
    expect(seen).toEqual(['k']);
    expect(logger.errors).toEqual([expect.stringContaining('broken listener')]);
  });

  it('logs an async listener that rejects', async () => {
    const logger = new RecordingLogger();
    const events = new CacheEvents(logger);
    events.on('hit', async () => {
      throw new Error('late');
    });
    events.emit(HIT);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(logger.errors).toEqual([expect.stringContaining('late')]);
  });

  it('lets a listener end its own subscription while it runs', () => {
    const events = new CacheEvents(new RecordingLogger());
    let calls = 0;
    const stop = events.on('hit', () => {
      calls++;
      stop();
    });
    events.emit(HIT);
    events.emit(HIT);
    expect(calls).toBe(1);
  });

  it('does not tell an event to those who subscribe while it is told', () => {
    const events = new CacheEvents(new RecordingLogger());
    const seen: string[] = [];
    const stop = events.on('hit', ({ key }) => {
      stop();
      seen.push(`first ${key}`);
      events.on('hit', (event) => seen.push(`second ${event.key}`));
    });
    events.emit(HIT);
    expect(seen).toEqual(['first k']);
    events.emit(HIT);
    expect(seen).toEqual(['first k', 'second k']);
  });

  it('calls a listener that subscribes anew at each event once an event', () => {
    const events = new CacheEvents(new RecordingLogger());
    let calls = 0;
    const listener = (): void => {
      stop();
      if (++calls < 10) stop = events.onAny(listener);
    };
    let stop = events.onAny(listener);
    events.emit(HIT);
    expect(calls).toBe(1);
    events.emit(HIT);
    expect(calls).toBe(2);
  });

  it('calls nobody whose subscription another listener has just ended', () => {
    const events = new CacheEvents(new RecordingLogger());
    const seen: string[] = [];
    let stop = (): void => {};
    events.onAny(() => {
      seen.push('first');
      stop();
    });
    stop = events.onAny(() => seen.push('second'));
    events.onAny(() => seen.push('third'));
    events.emit(HIT);
    expect(seen).toEqual(['first', 'third']);
  });
});
