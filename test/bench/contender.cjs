// A contender for tests: `node contender.cjs FALL`. Its value begins at 1 and falls by FALL a step.
const readline = require('node:readline');
const fall = Number(process.argv[2]);
let value = 1;
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  if (process.argv[2] === 'broken') process.exit(1);
  let answer = { engine: `falls by ${fall}` };
  if (request.do === 'setup') value = 1;
  else {
    value -= fall * request.steps;
    answer = { seconds: request.steps * 0.02, value };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
