import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Points per second of the hostile tenant. */
  readonly hostile: number;
  /** Points per second of the good one. */
  readonly good: number;
  /** Only the gateway, with a load that stays the same. */
  readonly gateway: boolean;
  /** Samples per second to it. */
  readonly samples: number;
}

export const SOAK_USAGE = `usage: npm run bench -- soak [options]

Lets a hostile tenant send beside a good one, and prints each minute what memory ingest and windowing take and whether
the good one's windows are right and on time. Exit code 1 when memory grows, or a window is wrong. With --gateway it lets
remote write come to a gateway instead, of 10,000 series of which 1 in 100 is new each minute.

  --minutes N   how long (5)
  --hostile N   points per second of the hostile tenant (4000)
  --good N      points per second of the good one (1000)
  --gateway     the memory of a gateway instead
  --samples N   samples per second to it (30000)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      hostile: { type: 'string', default: '4000' },
      good: { type: 'string', default: '1000' },
      gateway: { type: 'boolean', default: false },
      samples: { type: 'string', default: '30000' },
    },
  });
  return {
    minutes: count('minutes', values.minutes),
    hostile: count('hostile', values.hostile),
    good: count('good', values.good),
    gateway: values.gateway,
    samples: count('samples', values.samples),
  };
}
