import {
  HEADERS_LENGTH,
  HEADERS_START,
  KEY_START,
  PLACES,
  type RecordSegment,
  VALUE_START,
} from './record-batch.js';

/** The least share of its memory that a kept view must be. */
const LEAST_SHARE = 1 / 4;

/**
 * Segments that can be kept for long: those that refer to less than a quarter of the memory they are in are copied into
 * memory of their own. A few records of a quiet partition would else hold on to a whole fetch response, which has those of
 * all partitions.
 *
 * @returns the same array when nothing was copied
 */
export function ownMemory(segments: readonly RecordSegment[]): readonly RecordSegment[] {
  const used = new Map<ArrayBufferLike, number>();
  for (const segment of segments) {
    const { buffer } = segment.bytes;
    used.set(buffer, (used.get(buffer) ?? 0) + endOf(segment) - startOf(segment));
  }
  if ([...used].every(([buffer, bytes]) => bytes >= buffer.byteLength * LEAST_SHARE)) return segments;
  return segments.map((segment) => {
    const { buffer } = segment.bytes;
    return (used.get(buffer) ?? 0) >= buffer.byteLength * LEAST_SHARE ? segment : copied(segment);
  });
}

function copied(segment: RecordSegment): RecordSegment {
  const start = startOf(segment);
  const bytes = Buffer.allocUnsafeSlow(endOf(segment) - start);
  segment.bytes.copy(bytes, 0, start);
  const places = segment.places.slice(0, segment.length * PLACES);
  for (let place = 0; place < places.length; place += PLACES)
    for (const part of [KEY_START, VALUE_START, HEADERS_START])
      places[place + part] = (places[place + part] as number) - start;
  return { ...segment, bytes, places };
}

/** Records lie one behind the other, each with its key first and its headers last. */
function startOf({ length, places }: RecordSegment): number {
  return length === 0 ? 0 : (places[KEY_START] as number);
}

function endOf({ length, places }: RecordSegment): number {
  if (length === 0) return 0;
  const last = (length - 1) * PLACES;
  return (places[last + HEADERS_START] as number) + (places[last + HEADERS_LENGTH] as number);
}
