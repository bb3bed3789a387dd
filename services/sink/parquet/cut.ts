import type { Millis } from '../../../shared/core/clock.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import { PLACES, VALUE_LENGTH } from '../../../shared/core/record-batch.js';

export interface ArchiveCut {
  /** A set of files holds records of one such stretch of log time, aligned to the epoch. */
  readonly intervalMs: Millis;
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** How long after its end a stretch is taken for complete, if nothing is left to read. */
  readonly slackMs: Millis;
}

/**
 * Cuts where the log itself says so: at the first record of another stretch of log time, or when there are enough
 * records or bytes since the last cut. So whoever reads the log again from a cut, or from its start, cuts at the
 * same places, and writes the same files.
 */
export function archiveCut({ intervalMs, maxRecords, maxBytes, slackMs }: ArchiveCut): FlushPolicy {
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
