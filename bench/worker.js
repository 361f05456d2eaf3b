import { measures } from './measures/all.js';

/**
 * One contender, once, in a process of its own; or, with none named, what the measure prepares.
 * Answers its figure to the parent.
 */
const { measure, contender, case: of, effort, directory } = JSON.parse(process.argv[2]);
const definition = measures[measure];
const part = contender === undefined ? definition.preparation : definition.contenders[contender];
const run = contender === undefined ? definition.preparation.run : definition.run;
const module = await import(`./contenders/${part.module}.js`);
const answer = await run(module, of, effort, contender, directory);
const message = typeof answer === 'object' ? answer : { figure: answer };
process.send(message, () => process.exit(0));
