import pg from 'pg';
import { migrate } from '../../../shared/adapters/postgres/migrate.js';
import { windowMessages } from '../detection/windows.js';
import { Load } from '../load.js';
import { PointMaker, pointMessages } from '../points.js';
import { pick, randomOf } from '../random.js';
import { partitionsOf } from '../read-topic.js';
import type { Scenario } from '../scenario.js';
import { readToTheEnd } from '../settle.js';
import { GARBAGE, verify } from './verify.js';

/** Windows per point. */
const WINDOWS = 0.2;
/** Shares of the points: what was read before and comes again, and what cannot be decoded. */
const AGAIN = 0.02;
const UNDECODABLE = 0.002;
const REMEMBERED = 5_000;

/** `metrics` and `windows` to the database. */
export const sink: Scenario = {
  name: 'sink',
  worker: 'sink',
  servers: ['kafka', 'registry', 'redis', 'database'],
  input: 'metrics',
  outputs: [],
  group: 'sink-timescale',
  transactional: false,
  prepare: async (site) => {
    const { client, stack } = site;
    const pool = new pg.Pool({ connectionString: stack.env.DATABASE_URL, max: 1 });
    await migrate(pool);
    await pool.end();
    return {
      env: {},
      start: async () => {
        const random = randomOf(site.seed);
        const partitions = (await partitionsOf(client, 'metrics')).length;
        const maker = new PointMaker(random, partitions, Date.now());
        const points = await pointMessages(client, maker, random);
        const windows = await windowMessages(client, random, partitions);
        let recent = points(1, Date.now());
        return await Load.start(site, (count, now) => {
          const fresh = points(count, now);
          recent = [...recent, ...fresh].slice(-REMEMBERED);
          const times = (share: number) => Array.from({ length: Math.round(count * share) });
          const again = times(AGAIN).map(() => pick(random, recent));
          const garbage = fresh
            .filter(() => random() < UNDECODABLE)
            .map(({ partition = 0 }) => ({ key: GARBAGE, value: GARBAGE, partition }));
          return { metrics: [...fresh, ...again, ...garbage], windows: windows(Math.round(count * WINDOWS)) };
        });
      },
      settle: (workers) => readToTheEnd(workers, client, 'sink-timescale', ['metrics', 'windows']),
      verify: () => verify(client, stack.env),
    };
  },
};
