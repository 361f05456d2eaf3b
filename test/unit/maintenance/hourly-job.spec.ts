import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DEFAULT_CLEANUP_CRON } from '../../../lib/core/maintenance/cleanup-job.js';
import { HourlyJob } from '../../../lib/core/maintenance/hourly-job.js';
import { CronTime } from 'cron';

const MINUTE = 60_000;
const STARTED = new Date(2026, 4, 1, 10, 17, 30);

let runs: string[];
let job: HourlyJob;

beforeEach(() => {
  jest.useFakeTimers({ now: STARTED });
  runs = [];
  job = new HourlyJob(async () => {
    runs.push(new Date().toTimeString().slice(0, 8));
  });
});

afterEach(() => {
  job.stop();
  jest.useRealTimers();
});

describe('An hourly job', () => {
  it('runs when the default expression says so', () => {
    job.start();
    const told = new CronTime(DEFAULT_CLEANUP_CRON).sendAt(3).map((at) => at.toFormat('HH:mm:ss'));
    jest.advanceTimersByTime(3 * 60 * MINUTE);
    expect(runs).toEqual(told);
    expect(runs).toEqual(['11:00:00', '12:00:00', '13:00:00']);
  });

  it('does not run twice where a timer is early', () => {
    job.start();
    jest.advanceTimersByTime(42.5 * MINUTE - 1);
    jest.setSystemTime(new Date(2026, 4, 1, 10, 59, 59, 990));
    jest.advanceTimersByTime(1);
    expect(runs).toEqual(['10:59:59']);
    jest.advanceTimersByTime(59 * MINUTE);
    expect(runs).toHaveLength(1);
    jest.advanceTimersByTime(2 * MINUTE);
    expect(runs).toEqual(['10:59:59', '12:00:00']);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => JSON.parse('{')],
    ['rejects', () => Promise.reject(new Error('no disk'))],
    ['gives no promise', () => undefined],
  ])('goes on where a run %s', async (_, run) => {
    const passes = jest.fn(run as () => Promise<unknown>);
    const other = new HourlyJob(passes);
    other.start();
    await jest.advanceTimersByTimeAsync(2 * 60 * MINUTE);
    expect(passes).toHaveBeenCalledTimes(2);
    other.stop();
  });

  it('started twice runs once an hour, stopped not at all', () => {
    job.start();
    job.start();
    expect(jest.getTimerCount()).toBe(1);
    job.stop();
    job.stop();
    jest.advanceTimersByTime(120 * MINUTE);
    expect(runs).toEqual([]);
    job.start();
    jest.advanceTimersByTime(43 * MINUTE);
    expect(runs).toEqual(['13:00:00']);
  });

  it('goes on after a run that fails', async () => {
    let failed = 0;
    const failing = new HourlyJob(() => {
      failed++;
      return Promise.reject(new Error('no disk'));
    });
    failing.start();
    await jest.advanceTimersByTimeAsync(120 * MINUTE);
    failing.stop();
    expect(failed).toBe(2);
  });
});
