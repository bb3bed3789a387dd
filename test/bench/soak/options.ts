import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Points per second of the hostile tenant. */
  readonly hostile: number;
  /** Points per second of the good one. */
  readonly good: number;
}

export const SOAK_USAGE = `usage: npm run bench -- soak [options]

Lets a hostile tenant send beside a good one, and prints each minute what memory ingest and windowing take and whether
the good one's windows are right and on time. Exit code 1 when memory grows, or a window is wrong.

  --minutes N   how long (5)
  --hostile N   points per second of the hostile tenant (4000)
  --good N      points per second of the good one (1000)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      hostile: { type: 'string', default: '4000' },
      good: { type: 'string', default: '1000' },
    },
  });
  return {
    minutes: count('minutes', values.minutes),
    hostile: count('hostile', values.hostile),
    good: count('good', values.good),
  };
}
