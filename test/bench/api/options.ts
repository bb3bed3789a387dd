import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface ApiBenchOptions {
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** A TimescaleDB in place of the embedded one; null starts that. */
  readonly database: string | null;
  readonly data: string | null;
  readonly nodeOptions: string;
}

export const API_USAGE = `usage: npm run bench -- api [options]

  --rate N           requests a second (50)
  --seconds N        that each question is asked, after 3 to warm up (20)
  --database URL     a TimescaleDB of your own instead of the embedded one; it is filled if it has no points
  --data DIR         keep servers' data there for the next run; filling goes on where it was interrupted
  --node-options=S   options of node for the API alone, such as --node-options=--cpu-prof
`;

/** @throws Error naming the option, its value and what is allowed */
export function readApiOptions(args: readonly string[]): ApiBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '20' },
      database: { type: 'string' },
      data: { type: 'string' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    rate: count('rate', values.rate),
    seconds: count('seconds', values.seconds),
    database: values.database ?? null,
    data: values.data ?? null,
    nodeOptions: values['node-options'],
  };
}
