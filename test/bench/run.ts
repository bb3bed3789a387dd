import { messageOf } from '../../shared/core/errors.js';
import { runWindowingBench } from './windowing/bench.js';
import { readOptions, USAGE } from './windowing/options.js';

/* `npm run bench -- windowing`: measures, prints a table, writes a JSON file. Exit code 1 when a result is wrong. */

const [name, ...args] = process.argv.slice(2);
if (name !== 'windowing') {
  process.stderr.write(USAGE);
  process.exit(64);
}
try {
  process.exitCode = (await runWindowingBench(readOptions(args))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
