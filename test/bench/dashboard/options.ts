import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface DashboardBenchOptions {
  /** Live at 1 Hz, on one page. */
  readonly series: number;
  readonly seconds: number;
  /** How often the page is loaded anew. */
  readonly loads: number;
}

export const DASHBOARD_USAGE = `usage: npm run bench -- dashboard [options]

  --series N         live series on one page, each with a point a second (200)
  --seconds N        that are measured, after 5 to warm up (60)
  --loads N          the page is loaded so often, with nothing cached (5)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readDashboardOptions(args: readonly string[]): DashboardBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      series: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      loads: { type: 'string', default: '5' },
    },
  });
  return {
    series: count('series', values.series),
    seconds: count('seconds', values.seconds),
    loads: count('loads', values.loads),
  };
}
