import { parseArgs } from 'node:util';
import { count } from '../arguments.js';

export interface MigrationsOptions {
  readonly points: number;
  /** Migrations that the database has had already. */
  readonly from: number;
  /** On Debian's PostgreSQL, with what TimescaleDB does left out. */
  readonly plain: boolean;
  readonly database: string | undefined;
}

/** Those of the first version. */
const FIRST_VERSION = 7;

export const MIGRATIONS_USAGE = `usage: npm run bench -- migrations [options]

  --points N       points that are stored when migrations begin, a tenth of it windows and events (10000000)
  --from N         how many migrations the database has had then (${FIRST_VERSION}, as the first version has)
  --plain          on a PostgreSQL of this machine without TimescaleDB, with its statements left out: many
                   sessions, which the embedded database does not have
  --database URL   an empty TimescaleDB of your own instead of the embedded one
`;

/** @throws Error naming the option, its value and what is allowed */
export function readMigrationsOptions(args: readonly string[]): MigrationsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: 'string', default: '10000000' },
      from: { type: 'string', default: String(FIRST_VERSION) },
      plain: { type: 'boolean', default: false },
      database: { type: 'string' },
    },
  });
  return {
    points: count('points', values.points),
    from: count('from', values.from),
    ...{ plain: values.plain, database: values.database },
  };
}
