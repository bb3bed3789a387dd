import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface RestoreBenchOptions {
  readonly series: number;
  /** Windows of each series. */
  readonly windows: number;
  readonly restarts: number;
  /** Peak resident memory of a restarted worker above which the bench fails. */
  readonly limitMegabytes: number;
  /** The same while it learns. */
  readonly learningLimitMegabytes: number;
}

export const RESTORE_USAGE = `usage: npm run bench -- restore [options]

  --series N     series whose state is kept (50000)
  --windows N    windows of each (25)
  --restarts N   times that the worker is killed and started again (2)
  --limit-mb N   exit code 1 when a restarted worker was larger than this, in MB (500)
  --learning-limit-mb N
                 the same while it learns, in MB (1000)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readRestoreOptions(args: readonly string[]): RestoreBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      series: { type: 'string', default: '50000' },
      windows: { type: 'string', default: '25' },
      restarts: { type: 'string', default: '2' },
      'limit-mb': { type: 'string', default: '500' },
      'learning-limit-mb': { type: 'string', default: '1000' },
    },
  });
  return {
    series: count('series', values.series),
    windows: count('windows', values.windows),
    restarts: count('restarts', values.restarts),
    limitMegabytes: count('limit-mb', values['limit-mb']),
    learningLimitMegabytes: count('learning-limit-mb', values['learning-limit-mb']),
  };
}
