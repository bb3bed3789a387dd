import { parseArgs } from 'node:util';
import { KINDS, type Kind, type Rounds } from './faults.js';
import { runIntegrity } from './run.js';

/*
 * `npm run test:integrity [-- --rounds N --kinds kill,zombie,scale,broker --seed N --rate N]`: the
 * long form of the integrity test of windowing. Exit code 1 on any deviation.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    kinds: { type: 'string', default: KINDS.join(',') },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '2000' },
  },
});

const kinds = values.kinds.split(',');
const [each, seed, pointsPerSecond] = [Number(values.rounds), Number(values.seed), Number(values.rate)];
if (
  !kinds.every((kind) => KINDS.includes(kind as Kind)) ||
  ![each, seed, pointsPerSecond].every(Number.isInteger)
) {
  process.stderr.write(
    `--kinds takes a list of ${KINDS.join(', ')}; --rounds, --seed and --rate whole numbers\n`,
  );
  process.exit(78);
}

const rounds = Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind) ? each : 0])) as Rounds;
const say = (line: string) => process.stdout.write(`${line}\n`);
process.exit((await runIntegrity({ rounds, seed, pointsPerSecond, say })) ? 0 : 1);
