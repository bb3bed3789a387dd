import type { Millis } from '../core/clock.js';
import { HEADERS_LENGTH, HEADERS_START, PLACES, type RecordSegment } from '../core/record-batch.js';
import { VarintReader, writeVarint } from '../core/varint.js';

/*
 * The stream time of a stage, as it travels with what the stage writes: the value of a header.
 *
 *   version byte, then nothing more for a marker; else
 *   stage (length, UTF-8), topic (length, UTF-8), partitions, number of times, then for each time, by
 *   ascending partition: (partition - the one before) * 8 + flags, and with KNOWN the time, as difference from
 *   the one before.
 *
 * All numbers are zigzag varints (varint.ts).
 *
 * A stage with several inputs for one output has a note for each: another version byte, then each note as its length and
 * its bytes.
 */

/** Of the header on the last record of every record set that a stage with a time of its own writes. */
export const TIME_HEADER = 'tactus-time';

/** How far one input partition of a stage has come. */
export interface PartitionTime {
  readonly partition: number;
  /** Null when it is not known, which with `atEnd` means that there never was a record. */
  readonly time: Millis | null;
  /** True when nothing was left to read. */
  readonly atEnd: boolean;
  /** There never was a record, and `time` is when that was last known. */
  readonly empty?: boolean;
}

/** How far some input partitions of a stage have come. */
export interface TimeNote {
  /** The stage's consumer group, without the prefix. */
  readonly stage: string;
  /** Its input, the logical name. */
  readonly topic: string;
  /** How many partitions the input has. */
  readonly partitions: number;
  /** Of some of them, each at most once. */
  readonly times: readonly PartitionTime[];
}

const VERSION = 1;
const SEVERAL = 2;
/** Inputs of one stage. */
const MAX_NOTES = 16;
const AT_END = 1;
const KNOWN = 2;
const EMPTY = 4;
const FLAGS = 8;
/** More than any topic has: readers keep something for each. */
const MAX_PARTITIONS = 100_000;
/** Of a time: a flagged difference within the partitions, and a number of 64 bits. */
const MAX_TIME_BYTES = 15;
const MAX_START_BYTES = 32;
const MAX_LENGTH_BYTES = 5;

const NAME = Buffer.from(TIME_HEADER);
const MARKER = Buffer.of(VERSION);

/**
 * The header's value. Times are whole and within 2^52.
 *
 * @param note null for the marker, which says nothing but that the record set is the stage's
 */
export function encodeTimeNote(note: TimeNote | null): Buffer {
  if (note === null) return MARKER;
  const { partitions, times } = note;
  const [stage, topic] = [Buffer.from(note.stage), Buffer.from(note.topic)];
  const bytes = Buffer.alloc(MAX_START_BYTES + stage.length + topic.length + times.length * MAX_TIME_BYTES);
  bytes[0] = VERSION;
  let at = 1;
  for (const text of [stage, topic]) {
    at = writeVarint(bytes, at, text.length);
    at += text.copy(bytes, at);
  }
  at = writeVarint(bytes, at, partitions);
  at = writeVarint(bytes, at, times.length);
  let before = { partition: 0, time: 0 };
  for (const { partition, time, atEnd, empty } of times.toSorted((a, b) => a.partition - b.partition)) {
    const flags = (atEnd ? AT_END : 0) + (time === null ? 0 : KNOWN) + (empty ? EMPTY : 0);
    at = writeVarint(bytes, at, (partition - before.partition) * FLAGS + flags);
    if (time !== null) at = writeVarint(bytes, at, time - before.time);
    before = { partition, time: time ?? before.time };
  }
  return bytes.subarray(0, at);
}

/** The header's value for a stage with so many inputs, each with a note of its own; at least one. */
export function encodeTimeNotes(notes: readonly TimeNote[]): Buffer {
  const [first] = notes;
  if (notes.length === 1 && first !== undefined) return encodeTimeNote(first);
  const parts = notes.map(encodeTimeNote);
  const bytes = Buffer.alloc(1 + parts.reduce((sum, part) => sum + MAX_LENGTH_BYTES + part.length, 0));
  bytes[0] = SEVERAL;
  let at = 1;
  for (const part of parts) {
    at = writeVarint(bytes, at, part.length);
    at += part.copy(bytes, at);
  }
  return bytes.subarray(0, at);
}

/** The notes of a header's value; null as for {@link decodeTimeNote}. */
export function decodeTimeNotes(bytes: Buffer): readonly TimeNote[] | 'marker' | null {
  if (bytes[0] !== SEVERAL) {
    const note = decodeTimeNote(bytes);
    return note === null || note === 'marker' ? note : [note];
  }
  const reader = new VarintReader(bytes);
  reader.at = 1;
  const notes: TimeNote[] = [];
  try {
    while (reader.at < bytes.length) {
      const length = within(reader.next(), 2, bytes.length - reader.at);
      const note = decodeTimeNote(bytes.subarray(reader.at, reader.at + length));
      if (note === null || note === 'marker' || notes.length === MAX_NOTES) return null;
      reader.at += length;
      notes.push(note);
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return notes.length < 2 ? null : notes;
}

/** The note of a header's value; null for another version's, and for any bytes that {@link encodeTimeNote} does not make. */
export function decodeTimeNote(bytes: Buffer): TimeNote | 'marker' | null {
  if (bytes[0] !== VERSION) return null;
  if (bytes.length === 1) return 'marker';
  try {
    return readNote(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * The notes on the last record of a segment, which is where a stage puts it: in the last header, behind those
 * that came with the record. Null when somebody else wrote the segment.
 */
export function notesOf({ bytes, length, places }: RecordSegment): readonly TimeNote[] | 'marker' | null {
  const place = (length - 1) * PLACES;
  if (length === 0 || (places[place + HEADERS_LENGTH] as number) <= NAME.length) return null;
  const start = places[place + HEADERS_START] as number;
  const value = lastValue(bytes.subarray(start, start + (places[place + HEADERS_LENGTH] as number)));
  return value === null ? null : decodeTimeNotes(value);
}

/** The value of the last header of a run, if it is the one; a run that is cut short has none. */
function lastValue(run: Buffer): Buffer | null {
  const reader = new VarintReader(run);
  try {
    for (let left = reader.next(); left > 0; left--) {
      const nameLength = textLength(reader, run.length);
      const nameStart = reader.at;
      reader.at += nameLength;
      const valueLength = textLength(reader, run.length);
      const valueStart = reader.at;
      reader.at += valueLength;
      if (left > 1) continue;
      if (!run.subarray(nameStart, nameStart + nameLength).equals(NAME)) return null;
      return run.subarray(valueStart, valueStart + valueLength);
    }
    return null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** @throws RangeError for a length that leads beyond the end; a null value's -1 counts as 0 */
function textLength(reader: VarintReader, end: number): number {
  const length = Math.max(0, reader.next());
  if (!(reader.at + length <= end)) throw new RangeError('a text that is cut short');
  return length;
}

/** @throws RangeError for bytes that no note has */
function readNote(bytes: Buffer): TimeNote {
  const reader = new VarintReader(bytes);
  reader.at = 1;
  const text = () => {
    const length = within(reader.next(), 0, bytes.length - reader.at);
    reader.at += length;
    return bytes.toString('utf8', reader.at - length, reader.at);
  };
  const [stage, topic] = [text(), text()];
  const partitions = within(reader.next(), 0, MAX_PARTITIONS);
  const count = within(reader.next(), 0, Math.min(partitions, bytes.length - reader.at));
  const times: PartitionTime[] = [];
  let [partition, last] = [-1, 0];
  for (let i = 0; i < count; i++) {
    const step = within(reader.next(), 0, MAX_PARTITIONS * FLAGS);
    const flags = step % FLAGS;
    partition = within(Math.max(0, partition) + (step - flags) / FLAGS, partition + 1, partitions - 1);
    if ((flags & KNOWN) !== 0)
      last = within(last + reader.next(), -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const time = (flags & KNOWN) === 0 ? null : last;
    const empty = (flags & EMPTY) !== 0;
    times.push({ partition, time, atEnd: (flags & AT_END) !== 0, ...(empty && { empty }) });
  }
  if (reader.at !== bytes.length) throw new RangeError('bytes behind the last time');
  return { stage, topic, partitions, times };
}

function within(value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) throw new RangeError('a number that no note has');
  return value;
}
