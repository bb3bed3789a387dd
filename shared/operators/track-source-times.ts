import { map, type OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import type { RecordSegment } from '../core/record-batch.js';
import { type KeyedBatch, NO_KEY, type TimedBatch, type TimeStep } from '../windows/keyed-batch.js';
import type { SourceTimes } from '../windows/source-times.js';
import { notesOf } from '../wire/time-note.js';
import type { PointBatch } from './point-operators.js';

/**
 * As `trackStreamTime`, for points of a topic whose writers say with them how far they have come: each record has the
 * stream time that was known before its record set was taken in, whose note counts behind it.
 *
 * @param sources goes on from batch to batch
 */
export function trackSourceTimes(
  sources: SourceTimes,
): OperatorFunction<PointBatch, TimedBatch<number, PointBatch>> {
  let spare = { times: new Float64Array(0), withHeld: new Float64Array(0) };
  return map((batch) => {
    const { length, replayed, records, advance } = batch;
    if (spare.times.length < length)
      spare = { times: new Float64Array(length), withHeld: new Float64Array(length) };
    const { times } = spare;
    times.fill(sources.time, 0, replayed);
    let withHeld: Float64Array | null = null;
    const steps: TimeStep[] = [];
    const direct = sources.isDirect ? withoutNotes(records.segments) : 0;
    let from = 0;
    for (let i = 0; i < direct; i++) from += (records.segments[i] as RecordSegment).length;
    if (from > replayed) {
      const last = records.segments[direct - 1] as RecordSegment;
      const at = last.times[last.length - 1] as number;
      sources.takeDirect(batch, { from: replayed, to: from, at }, times, null);
    }
    for (const segment of records.segments.slice(direct)) {
      const to = from + segment.length;
      const start = Math.max(from, replayed);
      from = to;
      if (to <= start) continue;
      if (withHeld === null && sources.timeWithHeld < sources.time) {
        withHeld = spare.withHeld;
        withHeld.set(times.subarray(0, start));
      }
      const at = segment.times[segment.length - 1] as number;
      const notes = notesOf(segment);
      if (notes === null) sources.takeDirect(batch, { from: start, to, at }, times, withHeld);
      else {
        times.fill(sources.time, start, to);
        withHeld?.fill(sources.timeWithHeld, start, to);
        sources.seen(highestOf(batch, start, to));
        sources.takeNotes(notes, at);
      }
      if (sources.time > (times[to - 1] as number)) steps.push({ index: to, time: sources.time });
    }
    if (advance?.by === 'idle') sources.idle(advance.to);
    return { batch, times, withHeld, steps, time: sources.time };
  });
}

/** How many segments come before the first note. As long as nobody has ever written one they are all alike. */
function withoutNotes(segments: readonly RecordSegment[]): number {
  const first = segments.findIndex((segment) => notesOf(segment) !== null);
  return first < 0 ? segments.length : first;
}

function highestOf({ keys, timestamps }: KeyedBatch<number>, from: number, to: number): Millis {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++)
    if (keys[i] !== NO_KEY && (timestamps[i] as number) > highest) highest = timestamps[i] as number;
  return highest;
}
