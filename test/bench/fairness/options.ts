import { parseArgs } from 'node:util';
import { count, list } from '../arguments.js';

/** How the noisy tenant and the others send. */
export const WAYS = ['kafka', 'gateway'] as const;
export type Way = (typeof WAYS)[number];

/** Straight to Kafka the noise is cheap to make, and `ingest` takes much of it. */
const QUOTAS: Readonly<Record<Way, number>> = { kafka: 20_000, gateway: 8_000 };

export interface FairnessOptions {
  /** Points per second that the noisy tenant may send. */
  readonly quotas: Readonly<Record<Way, number>>;
  /** So many times as much it sends. */
  readonly times: number;
  /** Points per second of the others. */
  readonly rate: number;
  /** Measured of each. */
  readonly seconds: number;
  readonly ways: readonly Way[];
}

export const FAIRNESS_USAGE = `usage: npm run bench -- fairness [options]

Lets one tenant send many times its quota beside ten others, half of which share their partitions with it, and prints what
that does to the others' time from being sent to being readable in \`metrics\`: with quotas, and without. Exit code 1 when a
point of the others is lost.

  --quota N     points per second of the noisy tenant that are within its quota
                (${QUOTAS.kafka} straight to Kafka, ${QUOTAS.gateway} through the gateway)
  --times N     so many times as much it sends (20)
  --rate N      points per second of the others together (400)
  --seconds N   time that is measured of each (10)
  --ways LIST   how all of them send: ${WAYS.join(',')} (both)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readFairnessOptions(args: readonly string[]): FairnessOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quota: { type: 'string' },
      times: { type: 'string', default: '20' },
      rate: { type: 'string', default: '400' },
      seconds: { type: 'string', default: '10' },
      ways: { type: 'string', default: WAYS.join(',') },
    },
  });
  return {
    quotas:
      values.quota === undefined
        ? QUOTAS
        : { kafka: count('quota', values.quota), gateway: count('quota', values.quota) },
    times: count('times', values.times),
    rate: count('rate', values.rate),
    seconds: count('seconds', values.seconds),
    ways: ways(values.ways),
  };
}

function ways(text: string): readonly Way[] {
  const names = list(text);
  if (names.length === 0 || names.some((name) => !(WAYS as readonly string[]).includes(name)))
    throw new Error(`--ways: must be a list of ${WAYS.join(', ')}, not "${text}"`);
  return WAYS.filter((way) => names.includes(way));
}
