import { parseArgs } from 'node:util';
import { everyFault, type Fault, KINDS, selectFaults, TARGETS } from './plan.js';

export interface FaultOptions {
  readonly faults: readonly Fault[];
  /** How long faults go on at random, after each has come once. */
  readonly minutes: number;
  /** Whether each comes once first. */
  readonly each: boolean;
  /** The few short faults of every run of all tests. */
  readonly short: boolean;
  readonly seed: number;
  /** Points per second. */
  readonly rate: number;
  /** How old outputs may be, in seconds. */
  readonly freshS: number;
  /** File that the table is written to. */
  readonly markdown: string | null;
  readonly help: boolean;
}

export const USAGE = `usage: npm run test:faults -- [options]

The whole pipeline under load while each part of it fails: one by one, then at random.
  --minutes N      how long faults come at random after that (30)
  --random-only    leave out the faults one by one
  --only LIST      of TARGET:KIND, such as broker:cut,redis,*:kill (all)
                   TARGET: ${TARGETS.slice(0, 7).join(', ')},
                           ${TARGETS.slice(7).join(', ')}
                   KIND: ${KINDS.join(', ')}
  --short          a minute with a few short faults, as all tests have it
  --seed N         decides load and faults; it is printed (random)
  --rate N         points per second (120)
  --fresh N        seconds that outputs may be old; more on a busy machine (12)
  --markdown FILE  write the table there as well
  --help           print this

Needs root on Linux, with ip and python3, for namespaces of the network; without, kinds that need them are refused.
Exit codes: 0 nothing deviates, 1 something does, 78 an option is not allowed or not possible here.

example: npm run test:faults -- --minutes 5 --only 'leader,gateway:kill'
`;

/** @throws Error for anything that is not in {@link USAGE} */
export function readFaultOptions(args: readonly string[]): FaultOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      'random-only': { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '120' },
      fresh: { type: 'string', default: '12' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'minutes' | 'seed' | 'rate' | 'fresh', least: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least)
      throw new Error(`--${name} must be a whole number from ${least} on: value was "${values[name]}"`);
    return value;
  };
  return {
    faults: values.only === undefined ? everyFault() : selectFaults(values.only),
    minutes: number('minutes', 0),
    each: !values['random-only'],
    short: values.short,
    ...{ seed: number('seed', 0), rate: number('rate', 1), freshS: number('fresh', 10) },
    ...{ markdown: values.markdown ?? null, help: values.help },
  };
}
