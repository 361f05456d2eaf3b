import { measures } from './measures/all.js';

/** One contender, once, in a process of its own. Answers its figure to the parent. */
const { measure, contender, case: of, effort } = JSON.parse(process.argv[2]);
const definition = measures[measure];
const module = await import(`./contenders/${definition.contenders[contender].module}.js`);
const answer = await definition.run(module, of, effort, contender);
process.send(typeof answer === 'number' ? { figure: answer } : answer, () => process.exit(0));
