import { parseArgs } from 'node:util';
import { BROKER_KINDS, KINDS } from './faults.js';
import { GATEWAY_KINDS, type GatewayRounds } from './gateway/kinds.js';
import { TIME_KINDS, type WatermarkRounds } from './watermark/faults.js';

export interface IntegrityOptions {
  /** Names of tests; none for all. */
  readonly only: readonly string[];
  readonly rounds: WatermarkRounds & GatewayRounds;
  readonly seed: number;
  readonly rate: number;
  readonly minutes: number;
  readonly outageSeconds: number;
  readonly inTime: boolean;
  readonly brokers: number;
  readonly help: boolean;
}

export function usage(names: readonly string[]): string {
  return `usage: npm run test:integrity -- [NAME...] [options]

NAME is any of ${names.join(', ')}; all without one. Options:
  --rounds N     faults of each kind (20)
  --brokers N    1 or 3 (1)
  --kinds LIST   of ${KINDS.join(', ')}; with three brokers
                 ${BROKER_KINDS.join(', ')} instead of broker;
                 in watermark also ${TIME_KINDS.join(', ')};
                 in gateway also ${GATEWAY_KINDS.join(', ')} (all)
  --seed N       repeats the data and faults of an earlier run (random)
  --rate N       points per second (2000)
  --minutes N    how long pipeline runs (10)
  --outage-seconds N  how long all of ingest is away in watermark (30)
  --in-time      watermark sends only points that are in time
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
      kinds: { type: 'string' },
      brokers: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '10' },
      'outage-seconds': { type: 'string', default: '30' },
      'in-time': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const possible: readonly string[] = kindsWith(values.brokers);
  const kinds = values.kinds?.split(',') ?? possible;
  const numbers = [values.rounds, values.seed, values.rate, values.minutes, values['outage-seconds']].map(
    Number,
  );
  const [each, seed, rate, minutes, outageSeconds] = numbers as [number, number, number, number, number];
  if (
    !positionals.every((name) => names.includes(name)) ||
    !['1', '3'].includes(values.brokers) ||
    !kinds.every((kind) => possible.includes(kind)) ||
    !numbers.every(Number.isInteger)
  )
    throw new Error('a name or a value is not allowed');
  const rounds: IntegrityOptions['rounds'] = Object.fromEntries(kinds.map((kind) => [kind, each]));
  const [inTime, brokers] = [values['in-time'], Number(values.brokers)];
  const { help } = values;
  return { only: positionals, rounds, seed, rate, minutes, outageSeconds, inTime, brokers, help };
}

function kindsWith(brokers: string): readonly string[] {
  return brokers === '1'
    ? [...KINDS, ...TIME_KINDS, ...GATEWAY_KINDS]
    : [...KINDS.filter((kind) => kind !== 'broker'), ...TIME_KINDS, ...GATEWAY_KINDS, ...BROKER_KINDS];
}
