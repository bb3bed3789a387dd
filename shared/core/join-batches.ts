import { PLACES, type RecordBatch, type RecordSegment } from './record-batch.js';

/**
 * Batches of one partition that follow one another, as one. Nothing is copied: it reads through to them.
 *
 * @param batches at least one
 */
export function joinBatches(batches: readonly RecordBatch[]): RecordBatch {
  const last = batches.at(-1);
  if (last === undefined) throw new RangeError('no batch to join');
  if (batches.length === 1) return last;
  const ends: number[] = [];
  let length = 0;
  for (const batch of batches) {
    length += batch.length;
    ends.push(length);
  }
  // Reading goes forward: the batch of the last call is tried first.
  let current = 0;
  const at = <T>(index: number, read: (batch: RecordBatch, within: number) => T): T => {
    let which = index < (ends[current - 1] ?? 0) ? 0 : current;
    while (which < batches.length && index >= (ends[which] as number)) which += 1;
    current = which < batches.length ? which : 0;
    const batch = batches[which];
    if (batch === undefined || index < 0) throw new RangeError(`record ${index} of ${length}`);
    return read(batch, index - (ends[which] as number) + batch.length);
  };
  return {
    topic: last.topic,
    partition: last.partition,
    length,
    nextOffset: last.nextOffset,
    atEnd: last.atEnd,
    offset: (index) => at(index, (batch, i) => batch.offset(i)),
    timestamp: (index) => at(index, (batch, i) => batch.timestamp(i)),
    key: (index) => at(index, (batch, i) => batch.key(i)),
    value: (index) => at(index, (batch, i) => batch.value(i)),
    headers: (index) => at(index, (batch, i) => batch.headers(i)),
    segments: batches.flatMap(({ segments }) => segments),
  };
}

/** Records `from` to `to` of a batch, the latter not included. Nothing is copied. */
export function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  return from === 0 && to === batch.length ? batch : partOf(batch, from, to);
}

/** As an object of its own, whatever is in it. */
function partOf(batch: RecordBatch, from: number, to: number): RecordBatch {
  const at = (index: number): number => {
    if (index < 0 || index >= to - from) throw new RangeError(`record ${index} of ${to - from}`);
    return from + index;
  };
  return {
    topic: batch.topic,
    partition: batch.partition,
    length: to - from,
    nextOffset: to === batch.length ? batch.nextOffset : batch.offset(to),
    atEnd: to === batch.length && batch.atEnd,
    leaderEpoch: batch.leaderEpoch,
    offset: (index) => batch.offset(at(index)),
    timestamp: (index) => batch.timestamp(at(index)),
    key: (index) => batch.key(at(index)),
    value: (index) => batch.value(at(index)),
    headers: (index) => batch.headers(at(index)),
    segments: sliceSegments(batch.segments, from, to),
  };
}

/**
 * A batch as two. Its memory is used again when both parts are done with.
 */
export function splitBatch(batch: RecordBatch, at: number): [RecordBatch, RecordBatch] {
  return cutBatch(batch, [at, batch.length]) as [RecordBatch, RecordBatch];
}

/**
 * A batch in pieces of at most so many records, for a stage that takes long for each. Its memory is used again when
 * all pieces are done with.
 */
export function piecesOf(batch: RecordBatch, most: number): readonly RecordBatch[] {
  if (batch.length <= most) return [batch];
  const ends = Array.from({ length: Math.ceil(batch.length / most) }, (_, i) =>
    Math.min(batch.length, (i + 1) * most),
  );
  return cutBatch(batch, ends);
}

function cutBatch(batch: RecordBatch, ends: readonly number[]): RecordBatch[] {
  let left = ends.length;
  const recycle = () => {
    left -= 1;
    if (left === 0) batch.recycle?.();
  };
  return ends.map((end, i) => ({
    ...partOf(batch, ends[i - 1] ?? 0, end),
    recycle,
    // The places of all belong together: they are given back with the last, which is taken last.
    ...(i === ends.length - 1 && { release: () => batch.release?.() }),
  }));
}

function sliceSegments(segments: readonly RecordSegment[], from: number, to: number): RecordSegment[] {
  const kept: RecordSegment[] = [];
  let first = 0;
  for (const segment of segments) {
    const start = Math.max(0, from - first);
    const end = Math.min(segment.length, to - first);
    first += segment.length;
    if (start >= end) continue;
    if (end - start === segment.length) {
      kept.push(segment);
      continue;
    }
    kept.push({
      bytes: segment.bytes,
      length: end - start,
      offsets: segment.offsets.subarray(start, end),
      times: segment.times.subarray(start, end),
      places: segment.places.subarray(start * PLACES, end * PLACES),
      schemaId: segment.schemaId,
    });
  }
  return kept;
}
