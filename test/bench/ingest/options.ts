import { parseArgs } from 'node:util';
import { count, list } from '../arguments.js';
import type { StandOptions } from '../stand.js';

export interface IngestBenchOptions extends StandOptions {
  readonly points: number;
  readonly rounds: number;
  /** Only contenders whose name starts with one of these. */
  readonly only: readonly string[];
}

export const INGEST_USAGE = `usage: npm run bench -- ingest [options]

  --points N         points in the topic, 1 % of them invalid and 1 % duplicates (2000000)
  --rounds N         rounds, interleaved (3)
  --only LIST        contenders whose names start with one of these
  --data DIR         keep servers' data and the filled topic there for the next run
  --node-options=S   options of node for the Tactus process alone, such as --node-options=--cpu-prof

contenders: producer-performance, java-forward, kafkajs, tactus
`;

/** @throws Error naming the option, its value and what is allowed */
export function readIngestOptions(args: readonly string[]): IngestBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: '2000000' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    points: count('points', values.points),
    rounds: count('rounds', values.rounds),
    only: list(values.only),
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
