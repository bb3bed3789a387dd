import { exchanged } from './exchanged.js';
import { FORMATS, writeFixture } from './fixtures.js';
import { names } from './names.js';
import { commit, goOn } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import { workerNames } from './workers.js';

/*
 * Adds the fixtures of another format: `node dist/test/compatibility/record.js`, after a change of what is
 * written that is meant. The folders that are there stay as they are, and have to be read for as long as somebody
 * may come from such a version.
 */

const format = Math.max(0, ...FORMATS) + 1;
for (const scenario of SCENARIOS) {
  const committed = commit(scenario);
  writeFixture(format, scenario.name, { ...committed, after: goOn(scenario, committed) });
}
writeFixture(format, 'names', await names());
writeFixture(format, 'workers', await workerNames());
writeFixture(format, 'exchanged', await exchanged());
process.stdout.write(`format ${format}\n`);
