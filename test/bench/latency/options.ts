import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../../shared/files/package-root.js';
import { count, list, someCounts } from '../arguments.js';
import type { StandOptions } from '../stand.js';
import { CONTENDER_NAMES, type ContenderName, DEFAULT_CONTENDERS } from './names.js';

/** Whether points come into the input's partitions by their key, or into each in turn. */
type Keys = 'series' | 'none';

export interface LatencyOptions extends StandOptions {
  /** Numbers of partitions, of input and output alike. */
  readonly partitions: readonly number[];
  /** Commit intervals in milliseconds. */
  readonly intervals: readonly number[];
  /** Points per second. */
  readonly rate: number;
  /** Measured of each. */
  readonly seconds: number;
  /** Load on each before it is measured. */
  readonly warmSeconds: number;
  /** Load on each contender before anything is measured. */
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly keys: Keys;
  readonly only: readonly ContenderName[];
  /** File of the results. */
  readonly json: string;
}

export const LATENCY_USAGE = `usage: npm run bench -- latency [options]

  --partitions LIST  of input and output alike (1,4,16,64)
  --intervals LIST   milliseconds between two commits (10,100)
  --rate N           points per second (10000)
  --seconds N        time that is measured of each (12)
  --warm N           seconds of load on each before it is measured (5)
  --warm-up N        seconds of load on each contender before the first measurement (15)
  --rounds N         rounds, interleaved; the table has the medians (1)
  --keys HOW         series: points come by their key; none: to each partition in turn, so that each commit
                     writes to all partitions (series)
  --only LIST        contenders (${DEFAULT_CONTENDERS.join(',')})
  --json FILE        where the results go (.tactus/bench/latency.json)
  --data DIR         keep servers' data there for the next run
  --node-options=S   options of node for the Tactus processes alone, such as --node-options=--cpu-prof

contenders: ${CONTENDER_NAMES.join(', ')}
example: npm run bench -- latency --partitions 1,4 --intervals 10 --seconds 10 --only tactus,streams
`;

/** @throws Error naming the option, its value and what is allowed */
export function readLatencyOptions(args: readonly string[]): LatencyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      partitions: { type: 'string', default: '1,4,16,64' },
      intervals: { type: 'string', default: '10,100' },
      rate: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '12' },
      warm: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '15' },
      rounds: { type: 'string', default: '1' },
      keys: { type: 'string', default: 'series' },
      only: { type: 'string', default: DEFAULT_CONTENDERS.join(',') },
      json: { type: 'string', default: join(packageRoot(), '.tactus', 'bench', 'latency.json') },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    partitions: someCounts('partitions', values.partitions),
    intervals: someCounts('intervals', values.intervals),
    rate: count('rate', values.rate),
    seconds: count('seconds', values.seconds),
    warmSeconds: count('warm', values.warm),
    warmUpSeconds: count('warm-up', values['warm-up']),
    rounds: count('rounds', values.rounds),
    keys: keys(values.keys),
    only: contenders(values.only),
    json: values.json,
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}

function keys(text: string): Keys {
  if (text !== 'series' && text !== 'none') throw new Error(`--keys: must be series or none, not "${text}"`);
  return text;
}

/** In the order in which they run. */
function contenders(text: string): readonly ContenderName[] {
  const names = list(text);
  const unknown = names.find((name) => !(CONTENDER_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined || names.length === 0)
    throw new Error(`--only: must be a list of ${CONTENDER_NAMES.join(', ')}, not "${text}"`);
  return CONTENDER_NAMES.filter((name) => names.includes(name));
}
