import { Load } from '../load.js';
import { randomOf } from '../random.js';
import { partitionsOf } from '../read-topic.js';
import type { Scenario } from '../scenario.js';
import { readToTheEnd } from '../settle.js';
import { RecordMaker } from './records.js';
import { verify } from './verify.js';

const PRODUCERS = 3;
/** Far more than between a record and its repetition, however long a busy machine keeps the broker away. */
const DEDUP_WINDOW_MS = 300_000;

/** `ingest.metrics` and `ingest.events` to `metrics`, `events` and `dlq`. */
export const ingest: Scenario = {
  name: 'ingest',
  worker: 'ingest',
  servers: ['kafka', 'registry'],
  input: 'ingest.metrics',
  outputs: ['metrics', 'events'],
  prepare: async (site) => {
    const { client, stack } = site;
    return {
      env: { TACTUS_DEDUP_WINDOW_MS: String(DEDUP_WINDOW_MS) },
      start: async () => {
        const partitions = (await partitionsOf(client, 'ingest.metrics')).length;
        const maker = await RecordMaker.create(client, randomOf(site.seed), partitions);
        return await Load.start(site, (count, now) => maker.make(count, now), PRODUCERS);
      },
      settle: (pool) => readToTheEnd(pool, client, 'ingest', ['ingest.metrics', 'ingest.events']),
      verify: () => verify(client, stack.env),
    };
  },
};
