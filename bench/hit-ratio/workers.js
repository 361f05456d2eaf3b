import { fork } from 'node:child_process';

const WORKER = new URL('./worker.js', import.meta.url);

/**
 * Runs the jobs in so many processes of their own, in order; calls `onAnswer` with each answer.
 * Rejects if a process dies before its job is done.
 */
export function runJobs(jobs, processes, onAnswer) {
  const waiting = [...jobs];
  const runOne = () =>
    new Promise((done, failed) => {
      const child = fork(WORKER, { serialization: 'advanced' });
      let current;
      const next = () => {
        current = waiting.shift();
        if (current !== undefined) return void child.send(current);
        child.disconnect();
        done();
      };
      child.on('message', (answer) => {
        onAnswer(answer);
        next();
      });
      child.on('exit', (code) => {
        if (current !== undefined)
          failed(new Error(`a worker ended (${code}) at ${JSON.stringify(current)}`));
      });
      next();
    });
  return Promise.all(Array.from({ length: processes }, runOne));
}
