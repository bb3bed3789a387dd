import type { Millis } from '../../../shared/core/clock.js';
import type { TimeSample } from './sample.js';

/**
 * Where the time of the stream is, as windowing has committed it. Partitions with nothing open wait for nothing, and do
 * not count.
 */
export function watermarkOf(times: readonly TimeSample[], at: Millis) {
  const partitions = times.map(({ partition, streamTime, holder, idle }) => ({
    ...{ partition, idle, holder },
    streamTime: streamTime === null ? null : new Date(streamTime).toISOString(),
    delaySeconds: streamTime === null || idle ? null : Math.max(0, at - streamTime) / 1_000,
  }));
  const [last] = partitions
    .filter(({ delaySeconds }) => delaySeconds !== null)
    .sort((a, b) => (b.delaySeconds ?? 0) - (a.delaySeconds ?? 0));
  return {
    streamTime: last?.streamTime ?? null,
    delaySeconds: last?.delaySeconds ?? null,
    partition: last?.partition ?? null,
    holder: last?.holder ?? null,
    partitions,
  };
}
