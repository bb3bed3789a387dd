import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { RecordSegment } from '../../../shared/core/record-batch.js';
import {
  decodeTimeNote,
  decodeTimeNotes,
  encodeTimeNote,
  encodeTimeNotes,
  notesOf,
  TIME_HEADER,
  type TimeNote,
} from '../../../shared/wire/time-note.js';

const NOTE: TimeNote = {
  stage: 'ingest',
  topic: 'ingest.metrics',
  partitions: 16,
  times: Array.from({ length: 16 }, (_, partition) => ({
    partition,
    time: 1_700_000_000_000 + ((partition * 37) % 100),
    atEnd: partition % 2 === 0,
  })),
};

const PLAIN = { noNullPrototype: true };
const notes: fc.Arbitrary<TimeNote> = fc.integer({ min: 0, max: 300 }).chain((partitions) =>
  fc.record(
    {
      stage: fc.string({ unit: 'grapheme', maxLength: 20 }),
      topic: fc.string({ maxLength: 200 }),
      partitions: fc.constant(partitions),
      times: fc.uniqueArray(
        fc.record(
          {
            partition: fc.nat({ max: Math.max(0, partitions - 1) }),
            time: fc.option(
              fc.oneof(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), fc.constant(1_700_000_000_000)),
            ),
            atEnd: fc.boolean(),
            empty: fc.constant(true as const),
          },
          { ...PLAIN, requiredKeys: ['partition', 'time', 'atEnd'] },
        ),
        { maxLength: partitions, selector: ({ partition }) => partition },
      ),
    },
    PLAIN,
  ),
);

type Headers = Record<string, Buffer>;

function segment(...headers: Headers[]): RecordSegment {
  const records = headers.map((each) => ({ value: Buffer.from('v'), headers: each }));
  return arrayBatch({ topic: 'metrics', records }).segments[0] as RecordSegment;
}

describe('a time note', () => {
  it('comes back as it was, by ascending partition', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const times = note.times.toSorted((a, b) => a.partition - b.partition);
        assert.deepEqual(decodeTimeNote(encodeTimeNote(note)), { ...note, times });
      }),
    );
  });

  it('has a marker, which says nothing', () => {
    assert.equal(decodeTimeNote(encodeTimeNote(null)), 'marker');
    assert.equal(encodeTimeNote(null).length, 1);
  });

  it('is small: 16 partitions take less than 100 bytes', () => {
    assert.ok(encodeTimeNote(NOTE).length < 100);
  });

  it('is null where another version wrote it, where it is cut short, and where more comes behind it', () => {
    const bytes = encodeTimeNote(NOTE);
    assert.equal(decodeTimeNote(Buffer.concat([Buffer.of(2), bytes.subarray(1)])), null);
    assert.equal(decodeTimeNote(Buffer.concat([bytes, Buffer.of(0)])), null);
    for (let end = 2; end < bytes.length; end++) assert.equal(decodeTimeNote(bytes.subarray(0, end)), null);
    assert.equal(decodeTimeNote(Buffer.alloc(0)), null);
  });

  it('of one input among several comes back with the others, in their order', () => {
    fc.assert(
      fc.property(fc.array(notes, { minLength: 1, maxLength: 4 }), (several) => {
        const bytes = encodeTimeNotes(several);
        const sorted = several.map((note) => ({
          ...note,
          times: note.times.toSorted((a, b) => a.partition - b.partition),
        }));
        assert.deepEqual(decodeTimeNotes(bytes), sorted);
        if (several.length > 1) assert.equal(decodeTimeNote(bytes), null);
        for (let end = 2; end < bytes.length; end++) {
          const cut = decodeTimeNotes(bytes.subarray(0, end));
          assert.ok(cut === null || (cut !== 'marker' && cut.length < several.length));
        }
      }),
      { numRuns: 30 },
    );
    assert.deepEqual(encodeTimeNotes([NOTE]), encodeTimeNote(NOTE));
    assert.equal(decodeTimeNotes(Buffer.concat([encodeTimeNotes([NOTE, NOTE]), Buffer.of(0)])), null);
    assert.equal(decodeTimeNotes(Buffer.of(2)), null);
  });

  it('of any bytes is null or one that can be written again, and never an error', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([1, ...bytes])),
      fc.tuple(notes, fc.nat(), fc.nat({ max: 255 })).map(([note, at, byte]) => {
        const bytes = Buffer.from(encodeTimeNote(note));
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        const note = decodeTimeNote(bytes);
        if (note === null || note === 'marker') return;
        const { partitions, times } = note;
        assert.ok(partitions <= 100_000 && times.length <= partitions);
        for (const [i, { partition, time }] of times.entries()) {
          assert.ok(partition > (times[i - 1]?.partition ?? -1) && partition < partitions);
          assert.ok(time === null || Number.isSafeInteger(time));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the note of a segment', () => {
  it('is in the last header of its last record', () => {
    const own = { [TIME_HEADER]: encodeTimeNote(NOTE) };
    assert.deepEqual(notesOf(segment({}, own)), [NOTE]);
    assert.deepEqual(notesOf(segment({ a: Buffer.from('b'), ...own })), [NOTE]);
    assert.equal(notesOf(segment({ [TIME_HEADER]: encodeTimeNote(null) })), 'marker');
  });

  it('is none where a sender has put one earlier: on another record, or before other headers', () => {
    const forged = { [TIME_HEADER]: encodeTimeNote(NOTE) };
    assert.equal(notesOf(segment(forged, {})), null);
    assert.equal(notesOf(segment({ ...forged, 'tactus-timf': encodeTimeNote(NOTE) })), null);
    assert.equal(notesOf(segment({ ...forged, x: Buffer.alloc(0) })), null);
    assert.equal(notesOf(segment({})), null);
    assert.equal(notesOf({ ...segment({}), length: 0 }), null);
  });

  it('is none where the headers are no headers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (run) => {
        const bytes = Buffer.from(run);
        const places = Int32Array.from([0, -1, 0, -1, 0, bytes.length]);
        assert.equal(notesOf({ ...segment({}), bytes, places }), null);
      }),
      { numRuns: 2_000 },
    );
  });
});
