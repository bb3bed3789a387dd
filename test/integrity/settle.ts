import { setTimeout as pause } from 'node:timers/promises';
import { samplesOf } from '../../shared/process/prometheus-text.js';
import type { PlainClient } from '../support/plain-client.js';
import { until } from '../support/until.js';
import { partitionsOf } from './read-topic.js';
import type { WorkerPool } from './worker-pool.js';

/** For a group to settle after the last fault, a zombie's session to run out, and the rest to be read. */
const SETTLE_MS = 90_000;
const LAG = 'tactus_consumer_lag_records';
const LOOK_MS = 200;
/** A partition that is handed over reports no lag for a moment. */
const QUIET_MS = 2_000;

/**
 * Waits until the group's workers, taken together, hold every partition of `topics` and have read
 * each to its end, and are ready, for two seconds on end; what is not committed by then is when they are stopped.
 */
export async function readToTheEnd(
  pool: WorkerPool,
  client: PlainClient,
  group: string,
  topics: readonly string[],
): Promise<void> {
  let wanted = 0;
  for (const topic of topics) wanted += (await partitionsOf(client, topic)).length;
  let quietSince: number | null = null;
  await until(
    `all of ${topics.join(', ')} to be read`,
    async () => {
      // Each worker renders all its metrics for one look: of several a second they would have little time for more.
      await pause(LOOK_MS);
      const since = quietSince;
      quietSince = null;
      const samples = await Promise.all(pool.running.map((worker) => worker.samples()));
      const lags = topics.flatMap((topic) =>
        samples.flatMap((each) => samplesOf(each, LAG, { group, topic })),
      );
      // Who cannot read or commit at the moment says how far behind it was the last time.
      const ready = await Promise.all(pool.running.map((worker) => worker.isReady()));
      const isRead = lags.length === wanted && lags.every(({ value }) => value === 0);
      if (!isRead || !ready.every((each) => each)) return false;
      quietSince = since ?? performance.now();
      return performance.now() - quietSince >= QUIET_MS;
    },
    SETTLE_MS,
  );
}
