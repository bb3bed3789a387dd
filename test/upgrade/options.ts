import { parseArgs } from 'node:util';

/** The last commit before workers ran in containers. */
const BEFORE = 'c146d118ba';

export const PARTS = ['pipeline', 'gateway'] as const;

export interface UpgradeOptions {
  readonly parts: readonly string[];
  /** The build to come from, as git names it. */
  readonly from: string;
  /** Stop everything of the old build before anything of the new one is started. */
  readonly stopAll: boolean;
  /** Of `stopAll`: back the same way, and once more. */
  readonly back: boolean;
  readonly seed: number;
  /** Points per second. */
  readonly rate: number;
  /** Of each kind. */
  readonly workers: number;
  /** How long each state of the installation lasts. */
  readonly seconds: number;
  readonly help: boolean;
}

export const UPGRADE_USAGE = `usage: npm run test:upgrade -- [PART...] [options]

PART is any of ${PARTS.join(', ')}; all without one. Options:
  --from COMMIT  the build to come from (${BEFORE})
  --stop-all     stop all of it, start all of this build; else they are exchanged one by one under load,
                 back again, and once more
  --back         with --stop-all: back the same way, and once more
  --seed N       repeats the data and the order of an earlier run (random)
  --rate N       points per second (500)
  --workers N    workers of each kind (1)
  --seconds N    how long each state lasts (15)
`;

/** @throws Error for anything that is not in {@link UPGRADE_USAGE} */
export function readUpgradeOptions(args: readonly string[]): UpgradeOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string', default: BEFORE },
      'stop-all': { type: 'boolean', default: false },
      back: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '500' },
      workers: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '15' },
      help: { type: 'boolean', default: false },
    },
  });
  const { from, 'stop-all': stopAll, back, help } = values;
  const numbers = [values.seed, values.rate, values.workers, values.seconds].map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0))
    throw new Error('a value is not a whole number');
  const wrong = positionals.find((part) => !(PARTS as readonly string[]).includes(part));
  if (wrong !== undefined) throw new Error(`there is no part ${wrong}`);
  const parts = positionals.length === 0 ? PARTS : positionals;
  const [seed, rate, workers, seconds] = numbers as [number, number, number, number];
  if (workers === 0) throw new Error('there must be workers');
  return { parts, from, stopAll, back, seed, rate, workers, seconds, help };
}
