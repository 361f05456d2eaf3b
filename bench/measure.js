import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spread } from './statistics.js';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/**
 * The contenders of one case in turn, each in a process of its own, round after round, and each
 * round begins with another one. A ratio is taken within a round: what slows the machine down for
 * a while slows both sides of it.
 */
export async function measureCase(name, measure, of, effort, progress) {
  const ids = Object.keys(measure.contenders);
  const rounds = Math.min(measure.rounds ?? effort.rounds, effort.rounds);
  const perCase = measure.folder === 'case' ? await makeFolder() : undefined;
  try {
    if (measure.preparation !== undefined) {
      progress(`${name}, ${measure.label(of)}: preparation`);
      await inOwnProcess({ measure: name, case: of, effort, directory: perCase });
    }
    const results = await inTurn();
    return { case: of, label: measure.label(of), ...summary(measure, of, ids, results) };
  } finally {
    await remove(perCase);
  }

  async function inTurn() {
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const figures = {};
      for (let turn = 0; turn < ids.length; turn++) {
        const contender = ids[(turn + round) % ids.length];
        progress(`${name}, ${measure.label(of)}: round ${round + 1} of ${rounds}, ${contender}`);
        figures[contender] = await once(contender);
      }
      results.push(figures);
    }
    return results;
  }

  async function once(contender) {
    const own = measure.folder === 'process' ? await makeFolder() : undefined;
    const job = { measure: name, contender, case: of, effort, directory: own ?? perCase };
    try {
      return await inOwnProcess(job, measure.exposeGc ? ['--expose-gc'] : []);
    } finally {
      await remove(own);
    }
  }
}

function makeFolder() {
  return mkdtemp(join(tmpdir(), 'nestjs-tiered-cache-bench-'));
}

async function remove(folder) {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

function summary(measure, of, ids, rounds) {
  const contenders = ids.map((id) => {
    const all = rounds.map((figures) => figures[id]);
    const notes = Object.keys(all[0].notes ?? {}).map((note) => [
      note,
      spread(all.map(({ notes: own }) => own[note])).median,
    ]);
    return {
      id,
      name: measure.contenders[id].name,
      ...spread(all.map(({ figure }) => figure)),
      notes: Object.fromEntries(notes),
    };
  });
  const wanted = measure.ratiosOf?.(of) ?? measure.ratios ?? [];
  const ratios = wanted.map(({ of, to, goal, percent }) => {
    const times = percent ? 100 : 1;
    const figures = rounds.map((round) => (times * round[of].figure) / round[to].figure);
    const names = [measure.contenders[of].name, measure.contenders[to].name];
    return goalOf(names.join(' / '), goal, figures, percent ? '%' : undefined);
  });
  const limits = (measure.limits ?? []).map(({ of, goal }) => {
    const figures = rounds.map((round) => round[of].figure);
    return goalOf(measure.contenders[of].name, goal, figures, measure.unit);
  });
  return { contenders, goals: [...ratios, ...limits] };
}

function goalOf(name, goal, figures, unit) {
  return { name, goal, unit, ...spread(figures) };
}

function inOwnProcess(job, execArgv = []) {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, [JSON.stringify(job)], { execArgv });
    let answer;
    child.once('message', (message) => {
      answer = message;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (answer !== undefined) resolve(answer);
      else
        reject(
          new Error(
            `${job.measure}, ${job.contender ?? 'preparation'}: ended with ${code} and no figure`,
          ),
        );
    });
  });
}
