import type { ProgressClaim } from '../../../shared/ports/progress.js';
import type { StreamTimeSnapshot } from '../../../shared/windows/position.js';
import { SourceTimes } from '../../../shared/windows/source-times.js';
import type { PartitionTime, TimeNote } from '../../../shared/wire/time-note.js';

export const IDLE = 5_000;
export const HOLD = 60_000;
export const UNKNOWN = Number.NEGATIVE_INFINITY;

type Known = Readonly<Record<number, number | null>>;

/** What happens to sources, in words. */
export function sourcesFrom(saved?: StreamTimeSnapshot) {
  const events: string[] = [];
  const options = { idleTimeoutMs: IDLE, holdMs: HOLD };
  const sources = new SourceTimes(
    {
      ...options,
      observer: {
        passedOver: ({ partition }, why) => events.push(`${partition} ${why}`),
        caughtUp: ({ partition }, was) => events.push(`${partition} back from ${was}`),
      },
    },
    saved,
  );
  return { sources, events };
}

function timesOf(known: Known, atEnd: boolean, empty = false): PartitionTime[] {
  return Object.entries(known).map(([partition, time]) => ({
    partition: Number(partition),
    ...{ time, atEnd },
    ...(empty && { empty }),
  }));
}

export function noteOf(
  known: Known,
  { partitions = 2, atEnd = false, empty = false, topic = 'ingest.metrics' } = {},
): TimeNote {
  return { stage: 'ingest', topic, partitions, times: timesOf(known, atEnd, empty) };
}

export function claimOf(
  known: Known,
  change: Partial<ProgressClaim> & { atEnd?: boolean } = {},
): ProgressClaim {
  const { atEnd = true, ...rest } = change;
  const all = { stage: 'ingest', topic: 'ingest.metrics', partitions: 2, times: timesOf(known, atEnd) };
  return { ...all, upTo: 0, changedAt: 0, ...rest };
}

/** Of one record, which came without a note. */
export function takeDirect(sources: SourceTimes, timestamp: number, at: number): number {
  const column = (value: number) => Float64Array.of(value);
  const batch = {
    ...{ length: 1, replayed: 0, keys: Int32Array.of(0), values: [0], offsets: column(0), kinds: null },
    ...{ timestamps: column(timestamp), takenIn: column(at), now: Number.POSITIVE_INFINITY, advance: null },
  };
  const times = column(0);
  sources.takeDirect(batch, { from: 0, to: 1, at }, times, null);
  return times[0] as number;
}
