import type { Millis } from '../../../shared/core/clock.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import { PLACES, VALUE_LENGTH } from '../../../shared/core/record-batch.js';

export interface LogTimeLimits {
  /** A set of files holds records of one interval of log time, aligned to the epoch. */
  readonly intervalMs: Millis;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long after its end an interval counts as complete, if there is nothing left to read. */
  readonly slackMs: Millis;
}

/**
 * Flushes at boundaries that depend on the log alone: at the first record of another interval of log time,
 * or at enough records or bytes since the last flush. Reading the log again, from a flush or from the
 * start, flushes at the same records and so writes the same files.
 */
export function flushByLogTime({ intervalMs, maxRecords, maxBytes, slackMs }: LogTimeLimits): FlushPolicy {
  return ({ batch, now, caughtUp }) => {
    let end = Number.NaN;
    let count = 0;
    let bytes = 0;
    for (const { length, times, places } of batch.segments) {
      for (let i = 0; i < length; i++) {
        const time = times[i] as number;
        if (count === 0) end = (Math.floor(time / intervalMs) + 1) * intervalMs;
        bytes += Math.max(0, places[i * PLACES + VALUE_LENGTH] as number);
        if (time >= end || (bytes > maxBytes && count > 0)) return count;
        count += 1;
        if (count === maxRecords) return count;
      }
    }
    return caughtUp && now >= end + slackMs ? count : 0;
  };
}
