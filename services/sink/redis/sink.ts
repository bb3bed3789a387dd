import { createRedis, requireAccess } from '../../../shared/adapters/redis/client.js';
import { checkedAtStart } from '../../../shared/process/start-check.js';
import type { Sink } from '../framework/sink.js';
import { SeriesCache } from './cache.js';
import { latestEntries, windowEntries } from './entries.js';
import { cacheHandler } from './handler.js';

/** Redis: a cache of current values and recent windows, and a live feed of them. */
export const redis: Sink = {
  needs: () => null,
  open: async (context) => {
    const { config, codecs, telemetry } = context;
    const client = createRedis(context);
    checkedAtStart(context, requireAccess(client));
    const cache = new SeriesCache(client, {
      ttlMs: config.sink.cacheTtlMs,
      maxSeries: config.sink.cacheMaxSeries,
      maxWindows: config.sink.cacheWindows,
    });
    return {
      handlers: {
        metrics: cacheHandler('latest', codecs.decoder('metrics'), telemetry, (points) =>
          cache.storeLatest(latestEntries(points)),
        ),
        windows: cacheHandler('recent_windows', codecs.decoder('windows'), telemetry, (closed) =>
          cache.storeWindows(windowEntries(closed)),
        ),
      },
      close: async () => client.disconnect(),
    };
  },
};
