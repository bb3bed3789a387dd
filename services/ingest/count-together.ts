import { once } from 'node:events';
import { createRedis } from '../../shared/adapters/redis/client.js';
import { RedisDemand } from '../../shared/adapters/redis/demand-store.js';
import { RedisSeries } from '../../shared/adapters/redis/series-store.js';
import { messageOf } from '../../shared/core/errors.js';
import type { WorkerContext } from '../../shared/process/context.js';
import { sleep } from '../../shared/process/wait.js';
import type { WithoutStore } from '../../shared/quotas/shared-quotas.js';
import { RareWarning } from '../../shared/runners/rare-warning.js';
import type { PartitionSeries } from './live-series.js';
import { SharedDemand } from './shared-demand.js';
import { SharedSeries } from './shared-series.js';

const REFRESH_MS = 1_000;
/** As long as something is not counted yet. */
const SOON_MS = 100;
/** A worker that starts waits so long for Redis, so that its first decisions are not its own. */
const CONNECT_MS = 2_000;

export interface CountTogetherOptions {
  readonly limitOf: (tenant: string) => number;
  readonly holds: () => ReadonlyMap<number, PartitionSeries>;
  /** Gives what has come of tenants since the last call, in their limits. */
  readonly takeDemand: () => ReadonlyMap<string, number>;
  readonly failed: () => void;
  readonly alone: () => void;
}

export interface CountedTogether {
  readonly room: SharedSeries;
  readonly demand: SharedDemand;
  close(): Promise<void>;
}

/** What this worker counts together with the other ones, in Redis unless configured otherwise. */
export async function countTogether(
  context: Pick<WorkerContext, 'config' | 'log' | 'name' | 'clock' | 'stopping'>,
  { limitOf, holds, takeDemand, failed, alone }: CountTogetherOptions,
): Promise<CountedTogether> {
  const { config, clock, log, stopping } = context;
  const { shared, withoutRedis, redisTimeoutMs } = config.quotas;
  const options = { withoutStore: withoutRedis as WithoutStore, limitOf, alone };
  if (shared === 'none') {
    const room = new SharedSeries({ ...options, store: null, failed }, holds);
    return { room, demand: new SharedDemand(null, failed), close: async () => {} };
  }
  const redis = createRedis(context);
  const inRedis = { prefix: `tactus:${config.kafka.topicPrefix}`, timeoutMs: redisTimeoutMs };
  const warning = new RareWarning();
  const noAnswer = (error: unknown) => {
    failed();
    const times = warning.add(1, clock.now());
    const why = messageOf(error);
    if (times > 0)
      log.warn(
        { error, times },
        `Redis does not count for all ingest workers (TACTUS_QUOTA_WITHOUT_REDIS=${withoutRedis}): ${why}`,
      );
  };
  const room = new SharedSeries(
    { ...options, store: new RedisSeries(redis, inRedis), failed: noAnswer },
    holds,
  );
  const demand = new SharedDemand(new RedisDemand(redis, inRedis), noAnswer);
  const given = AbortSignal.any([stopping, AbortSignal.timeout(CONNECT_MS)]);
  if (redis.status !== 'ready') await once(redis, 'ready', { signal: given }).catch(() => {});
  const ending = new AbortController();
  const refreshing = (async () => {
    while (!ending.signal.aborted) await sleep((await room.refresh()) ? REFRESH_MS : SOON_MS, ending.signal);
  })();
  const exchanging = (async () => {
    while (!ending.signal.aborted) {
      await demand.exchange(takeDemand());
      await sleep(REFRESH_MS, ending.signal);
    }
  })();
  return {
    room,
    demand,
    close: async () => {
      ending.abort();
      await Promise.all([refreshing, exchanging]);
      await demand.leave();
      redis.disconnect();
    },
  };
}
