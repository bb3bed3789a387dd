import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../../shared/files/package-root.js';
import { count, counts, list, someCounts } from '../arguments.js';

export interface BenchOptions {
  readonly points: number;
  readonly rounds: number;
  /** Numbers of live series; all contenders run with the first. */
  readonly series: readonly number[];
  /** Numbers of partitions; all contenders run with the first, the yardsticks and Tactus with the others too. */
  readonly partitions: readonly number[];
  /** Numbers of processes of Tactus; empty leaves that axis out. */
  readonly workers: readonly number[];
  /** Only contenders whose name starts with one of these. */
  readonly only: readonly string[];
  /** File of the results. */
  readonly json: string;
  /** Keeps servers' data and filled topics for the next run; null is a folder that is removed. */
  readonly data: string | null;
  /** Options of node for the Tactus process alone, such as `--cpu-prof`. */
  readonly nodeOptions: string;
}

export const USAGE = `usage: npm run bench -- windowing [options]

  --points N         points in the topic (2000000)
  --rounds N         rounds, interleaved (3)
  --series LIST      numbers of live series; all contenders run with the first (1000,10000,100000)
  --partitions LIST  of the topic; all contenders run with the first, Tactus and its yardsticks with all (4,16)
  --workers LIST     numbers of Tactus processes to compare, "" for none (1,2)
  --only LIST        contenders whose names start with one of these
  --json FILE        where the results go (.tactus/bench/windowing.json)
  --data DIR         keep servers' data and filled topics there for the next run
  --node-options=S   options of node for the Tactus process alone, such as --node-options=--cpu-prof

contenders: consumer-performance, kafkajs, streams-dsl-alo, streams-dsl-eos, streams-panes-alo,
  streams-panes-eos, streams-heap-alo, streams-heap-eos, tactus; tactus-first-schema (the same points in the first
  version of their schema), tactus-counters (totals that grow); untraced-sampled,
  traced-sampled (one point of a hundred is of a sampled request: with tracing off, and on)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: '2000000' },
      rounds: { type: 'string', default: '3' },
      series: { type: 'string', default: '1000,10000,100000' },
      partitions: { type: 'string', default: '4,16' },
      workers: { type: 'string', default: '1,2' },
      only: { type: 'string', default: '' },
      json: { type: 'string', default: join(packageRoot(), '.tactus', 'bench', 'windowing.json') },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    points: count('points', values.points),
    rounds: count('rounds', values.rounds),
    series: someCounts('series', values.series),
    partitions: someCounts('partitions', values.partitions),
    workers: counts('workers', values.workers),
    only: list(values.only),
    json: values.json,
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
