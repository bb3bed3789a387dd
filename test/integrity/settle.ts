import type { PlainClient } from '../support/plain-client.js';
import { until } from '../support/until.js';
import { partitionsOf } from './read-topic.js';
import type { WorkerPool } from './worker-pool.js';

/** For a group to settle after the last fault, a zombie's session to run out, and the rest to be read. */
const SETTLE_MS = 90_000;
const LAG = 'tactus_consumer_lag_records';
/** Looks at 50 ms; a partition that is handed over reports no lag for a moment. */
const QUIET_LOOKS = 40;

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
  let quiet = 0;
  await until(
    `all of ${topics.join(', ')} to be read`,
    async () => {
      const asked = topics.flatMap((topic) =>
        pool.running.map((worker) => worker.series(LAG, { group, topic })),
      );
      const lags = (await Promise.all(asked)).flat();
      // Who cannot read or commit at the moment says how far behind it was the last time.
      const ready = await Promise.all(pool.running.map((worker) => worker.isReady()));
      const isRead = lags.length === wanted && lags.every((lag) => lag === 0);
      quiet = isRead && ready.every((each) => each) ? quiet + 1 : 0;
      return quiet >= QUIET_LOOKS;
    },
    SETTLE_MS,
  );
}
