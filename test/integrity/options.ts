import { parseArgs } from 'node:util';
import { WATERMARK_KINDS, type WatermarkKind, type WatermarkRounds } from './watermark/faults.js';

export interface IntegrityOptions {
  /** Names of tests; none for all. */
  readonly only: readonly string[];
  readonly rounds: WatermarkRounds;
  readonly seed: number;
  readonly rate: number;
  readonly minutes: number;
  readonly outageSeconds: number;
  readonly inTime: boolean;
  readonly help: boolean;
}

export function usage(names: readonly string[]): string {
  return `usage: npm run test:integrity -- [NAME...] [options]

NAME is any of ${names.join(', ')}; all without one. Options:
  --rounds N     faults of each kind (20)
  --kinds LIST   of ${WATERMARK_KINDS.join(', ')} (all; the last five in watermark only)
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
      kinds: { type: 'string', default: WATERMARK_KINDS.join(',') },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '2000' },
      minutes: { type: 'string', default: '10' },
      'outage-seconds': { type: 'string', default: '30' },
      'in-time': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const kinds = values.kinds.split(',');
  const numbers = [values.rounds, values.seed, values.rate, values.minutes, values['outage-seconds']].map(
    Number,
  );
  const [each, seed, rate, minutes, outageSeconds] = numbers as [number, number, number, number, number];
  if (
    !positionals.every((name) => names.includes(name)) ||
    !kinds.every((kind) => WATERMARK_KINDS.includes(kind as WatermarkKind)) ||
    !numbers.every(Number.isInteger)
  )
    throw new Error('a name or a value is not allowed');
  const rounds = Object.fromEntries(
    WATERMARK_KINDS.map((kind) => [kind, kinds.includes(kind) ? each : 0]),
  ) as WatermarkRounds;
  const inTime = values['in-time'];
  return { only: positionals, rounds, seed, rate, minutes, outageSeconds, inTime, help: values.help };
}
