import { parseArgs } from 'node:util';
import { KINDS, type Kind, type Rounds } from './faults.js';

export interface IntegrityOptions {
  /** Names of tests; none for all. */
  readonly only: readonly string[];
  readonly rounds: Rounds;
  readonly seed: number;
  readonly rate: number;
  readonly minutes: number;
  readonly help: boolean;
}

export function usage(names: readonly string[]): string {
  return `usage: npm run test:integrity -- [NAME...] [options]

NAME is any of ${names.join(', ')}; all without one. Options:
  --rounds N     faults of each kind (20)
  --kinds LIST   of ${KINDS.join(', ')} (all)
  --seed N       repeats the data and faults of an earlier run (random)
  --rate N       points per second (2000)
  --minutes N    how long pipeline runs (10)
`;
}

/**
 * @param names of the tests that there are
 * @throws Error for anything that is not in {@link usage}
 */
export function readIntegrityOptions(args: readonly string[], names: readonly string[]): IntegrityOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '20' },
      kinds: { type: 'string', default: KINDS.join(',') },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  });
  const kinds = values.kinds.split(',');
  const [each, seed, rate, minutes] = [
    ...[Number(values.rounds), Number(values.seed), Number(values.rate), Number(values.minutes)],
  ] as [number, number, number, number];
  if (
    !positionals.every((name) => names.includes(name)) ||
    !kinds.every((kind) => KINDS.includes(kind as Kind)) ||
    ![each, seed, rate, minutes].every(Number.isInteger)
  )
    throw new Error('a name or a value is not allowed');
  const rounds = Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind) ? each : 0])) as Rounds;
  return { only: positionals, rounds, seed, rate, minutes, help: values.help };
}
