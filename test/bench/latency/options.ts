import { parseArgs } from 'node:util';
import type { StandOptions } from '../stand.js';

export interface LatencyOptions extends StandOptions {
  /** Points per second. */
  readonly rates: readonly number[];
  /** Commit intervals in milliseconds. */
  readonly intervals: readonly number[];
  /** Of each topic. */
  readonly partitions: number;
  readonly seconds: number;
  /** Load on the servers before anything is measured. */
  readonly warmSeconds: number;
}

export const LATENCY_USAGE = `usage: npm run bench -- latency [options]

  --rates LIST       points per second (1000,10000,50000)
  --intervals LIST   values of TACTUS_COMMIT_INTERVAL_MS (10,100,1000)
  --partitions N     of each topic; every one has transactions of its own (4)
  --seconds N        time that is measured of each, after 5 s of warming up (15)
  --warm N           seconds of load before the first: a broker just started is busy compiling itself (60)
  --data DIR         keep servers' data there for the next run
  --node-options=S   options of node for the Tactus processes alone, such as --node-options=--cpu-prof
`;

/** @throws Error naming the option, its value and what is allowed */
export function readLatencyOptions(args: readonly string[]): LatencyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: 'string', default: '1000,10000,50000' },
      intervals: { type: 'string', default: '10,100,1000' },
      partitions: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '15' },
      warm: { type: 'string', default: '60' },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    rates: values.rates.split(',').map((part) => count('rates', part)),
    intervals: values.intervals.split(',').map((part) => count('intervals', part)),
    partitions: count('partitions', values.partitions),
    seconds: count('seconds', values.seconds),
    warmSeconds: count('warm', values.warm),
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new Error(`--${name}: must be a whole number from 1, not "${text}"`);
  return Number(text);
}
