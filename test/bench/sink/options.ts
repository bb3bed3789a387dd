import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface SinkBenchOptions {
  readonly points: number;
  readonly series: number;
  readonly rounds: number;
  /** Keeps servers' data and the filled topic for the next run; null is a folder that is removed. */
  readonly data: string | null;
  /** Options of node for the sink's process alone, such as `--cpu-prof`. */
  readonly nodeOptions: string;
}

export const SINK_USAGE = `usage: npm run bench -- sink [options]

  --points N         points in the topic (1000000)
  --series N         series that they are of (1000)
  --rounds N         rounds, each the sink and then COPY (3)
  --data DIR         keep servers' data and the filled topic there for the next run
  --node-options=S   options of node for the sink's process alone, such as --node-options=--cpu-prof
`;

/** @throws Error naming the option, its value and what is allowed */
export function readSinkOptions(args: readonly string[]): SinkBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: '1000000' },
      series: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    points: count('points', values.points),
    series: count('series', values.series),
    rounds: count('rounds', values.rounds),
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
