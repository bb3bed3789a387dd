import { parseArgs } from 'node:util';
import { FORMAT_NAMES, type FormatName } from '../../support/sent-formats.js';
import { count, list } from '../arguments.js';
import type { StandOptions } from '../stand.js';
import { BODIES } from './bodies.js';

export interface GatewayBenchOptions extends StandOptions {
  /** Of each contender and format. */
  readonly samples: number;
  readonly rounds: number;
  readonly connections: number;
  readonly latencySeconds: number;
  /** Only contenders whose name starts with one of these. */
  readonly only: readonly string[];
  readonly formats: readonly FormatName[];
}

export const GATEWAY_USAGE = `usage: npm run bench -- gateway [options]

  --samples N        samples that are sent of each format, after a tenth as many to warm up (1000000)
  --rounds N         rounds, interleaved (3)
  --connections N    that the bodies are sent over, a divisor of ${BODIES} (${BODIES})
  --latency N        seconds of single points in JSON at 500 requests/s (20)
  --only LIST        contenders whose names start with one of these
  --formats LIST     of ${FORMAT_NAMES.join(', ')} (all)
  --data DIR         keep servers' data there for the next run
  --node-options=S   options of node for the Tactus process alone, such as --node-options=--cpu-prof

contenders: tactus, plain, prometheus (its remote-write receiver; from Debian's package)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readGatewayOptions(args: readonly string[]): GatewayBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: String(BODIES) },
      latency: { type: 'string', default: '20' },
      only: { type: 'string', default: '' },
      formats: { type: 'string', default: FORMAT_NAMES.join(',') },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  const connections = count('connections', values.connections);
  if (BODIES % connections !== 0)
    throw new Error(`--connections: must be a divisor of ${BODIES}, not ${connections}`);
  const formats = list(values.formats).map((name) => {
    const found = FORMAT_NAMES.find((one) => one === name);
    if (found !== undefined) return found;
    throw new Error(`--formats: must be of ${FORMAT_NAMES.join(', ')}, not "${name}"`);
  });
  return {
    samples: count('samples', values.samples),
    rounds: count('rounds', values.rounds),
    connections,
    latencySeconds: count('latency', values.latency),
    only: list(values.only),
    formats,
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
