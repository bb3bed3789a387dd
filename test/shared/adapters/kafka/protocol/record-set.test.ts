import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CODECS, type Codec } from '../../../../../shared/adapters/kafka/protocol/compression.js';
import { readRecordBatches } from '../../../../../shared/adapters/kafka/protocol/record-batches.js';
import { RecordSet } from '../../../../../shared/adapters/kafka/protocol/record-set.js';
import { OutputBatch, type OutputRecord } from '../../../../../shared/core/output-batch.js';
import {
  HEADERS_LENGTH,
  HEADERS_START,
  KEY_LENGTH,
  KEY_START,
  PLACES,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../../../../shared/core/record-batch.js';
import { encodeTimeNote, notesOf, TIME_HEADER } from '../../../../../shared/wire/time-note.js';

/** kafkajs's encoder, as a second opinion on the format. */
const require = createRequire(import.meta.url);
const { RecordBatch: referenceBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch(batch: object): Promise<{ buffer: Buffer }>;
};
const referenceRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: object,
) => unknown;

const WHO = {
  producerId: 4_242n,
  epoch: 7,
  baseSequence: 2 ** 31 - 2,
  timestamp: 1_700_000_000_000,
  codec: 'none' as Codec,
};
const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((array) => Buffer.from(array));
const records = fc.array(
  fc.record({
    topic: fc.constant('metrics' as const),
    key: fc.option(bytes(200)),
    value: bytes(300),
    headers: fc.dictionary(fc.string({ maxLength: 20 }), bytes(90), { maxKeys: 4, noNullPrototype: true }),
  }),
  { minLength: 1, maxLength: 200 },
);

function setOf(all: Iterable<OutputRecord>): RecordSet {
  const set = new RecordSet();
  const outputs = OutputBatch.of(all);
  for (let i = 0; i < outputs.length; i++) assert.ok(set.add(outputs, i));
  return set;
}

function fetched(records: Buffer) {
  const place = {
    topic: 't',
    partition: 0,
    errorCode: 0,
    logStartOffset: 0,
    highWatermark: 1e6,
    lastStableOffset: 1e6,
  };
  return readRecordBatches({ ...place, aborted: [], records }, 0);
}

describe('RecordSet', () => {
  it('writes the bytes that kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (all) => {
        const set = setOf(all);
        const wanted = await referenceBatch({
          partitionLeaderEpoch: -1,
          lastOffsetDelta: all.length - 1,
          transactional: true,
          firstTimestamp: WHO.timestamp,
          maxTimestamp: WHO.timestamp,
          producerId: String(WHO.producerId),
          producerEpoch: WHO.epoch,
          firstSequence: WHO.baseSequence,
          records: all.map(({ key, value, headers }, i) =>
            referenceRecord({ offsetDelta: i, key, value, headers }),
          ),
        });
        assert.equal(set.finish(WHO).toString('hex'), wanted.buffer.toString('hex'));
      }),
    );
  });

  it('passes on keys, values and headers from a fetched batch as they came, in any number of rounds', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 3 }), (all, rounds) => {
        const set = new RecordSet();
        let came = setOf(all).finish(WHO);
        for (let round = 0; round < rounds; round++) {
          const outputs = new OutputBatch();
          for (const { bytes: from, length, places } of fetched(Buffer.from(came)).segments) {
            for (let i = 0; i < length; i++) {
              const at = (what: number) => places[i * PLACES + what] as number;
              const key = at(KEY_LENGTH) < 0 ? null : from;
              const ends = (start: number, size: number) => at(start) + Math.max(0, at(size));
              outputs.append(
                'metrics',
                ...([key, at(KEY_START), ends(KEY_START, KEY_LENGTH)] as const),
                ...([from, at(VALUE_START), ends(VALUE_START, VALUE_LENGTH)] as const),
              );
              outputs.putHeaders(from, at(HEADERS_START), ends(HEADERS_START, HEADERS_LENGTH));
            }
          }
          set.clear();
          for (let i = 0; i < outputs.length; i++) assert.ok(set.add(outputs, i));
          came = set.finish(WHO);
        }
        assert.deepEqual(came, setOf(all).finish(WHO));
      }),
    );
  });

  for (const codec of CODECS) {
    it(`packs with ${codec} what our reader unpacks`, () => {
      fc.assert(
        fc.property(records, fc.integer({ min: 1, max: 300 }), (all, times) => {
          const many = Array.from({ length: times }, () => all).flat();
          const batch = fetched(setOf(many).finish({ ...WHO, codec }));
          assert.equal(batch.length, many.length);
          for (const [i, { value }] of many.entries()) assert.deepEqual(batch.value(i), value);
        }),
        { numRuns: 20 },
      );
    });
  }

  for (const codec of CODECS) {
    it(`gives the last record one more header, behind its own, with ${codec}`, () => {
      fc.assert(
        fc.property(records, bytes(9_000), fc.boolean(), fc.boolean(), (all, value, plain, more) => {
          const given: OutputRecord[] = plain ? all.map(({ headers: _, ...rest }) => rest) : all;
          const set = setOf(given);
          set.putLastHeader('tactus-time', value);
          // A set that is used again is none the worse for it.
          if (more) {
            set.clear();
            for (const record of given) set.add(OutputBatch.of([record]), 0);
            set.putLastHeader('tactus-time', value);
          }
          const last = given.length - 1;
          const wanted = given.map((record, i) => {
            return i === last ? { ...record, headers: { ...record.headers, 'tactus-time': value } } : record;
          });
          // What the whole record would have been, had it come with the header.
          assert.deepEqual(set.finish({ ...WHO, codec }), setOf(wanted).finish({ ...WHO, codec }));
          assert.equal(fetched(set.finish({ ...WHO, codec })).length, given.length);
        }),
        { numRuns: codec === 'none' ? 200 : 30 },
      );
    });
  }

  it('has a note on its last record, whatever a sender put among the headers', () => {
    fc.assert(
      fc.property(records, fc.option(bytes(40)), fc.boolean(), (all, forged, marker) => {
        const note = { stage: 'ingest', topic: 'ingest.metrics', partitions: 1, times: [] };
        const set = setOf(
          forged === null
            ? all
            : all.map((record) => ({ ...record, headers: { ...record.headers, [TIME_HEADER]: forged } })),
        );
        set.putLastHeader(TIME_HEADER, encodeTimeNote(marker ? null : note));
        const segment = fetched(set.finish(WHO)).segments[0] as RecordSegment;
        assert.deepEqual(notesOf(segment), marker ? 'marker' : [note]);
      }),
    );
  });

  it('keeps its memory, and stays below 1 MiB, when it is full and a header of 16 kB comes', () => {
    const [small, value] = [Buffer.alloc(1_000), Buffer.alloc(16_000)];
    const set = new RecordSet();
    while (set.append(null, 0, 0, small, 0, small.length, null, 0, 0));
    set.putLastHeader('tactus-time', value);
    assert.ok(set.finish(WHO).length <= 786_432);
  });

  it('is full below the 1 MiB that a topic allows, but takes a single record of any size', () => {
    const [small, large] = [Buffer.alloc(1_000), Buffer.alloc(5_000_000, 1)];
    const set = new RecordSet();
    let count = 0;
    while (set.append(null, 0, 0, small, 0, small.length, null, 0, 0)) count += 1;
    assert.equal(count, set.count);
    assert.ok(set.finish(WHO).length < 1_048_576);
    assert.ok(set.finish(WHO).length > 700_000);
    set.clear();
    assert.ok(set.append(null, 0, 0, large, 0, large.length, null, 0, 0));
    assert.ok(!set.append(null, 0, 0, small, 0, small.length, null, 0, 0));
    assert.deepEqual(fetched(set.finish(WHO)).value(0), large);
    set.clear();
    assert.ok(
      set.append(null, 0, 0, small, 0, small.length, null, 0, 0),
      'the memory of a large one is not kept',
    );
    assert.deepEqual(fetched(set.finish(WHO)).value(0), small);
  });
});

describe('OutputBatch', () => {
  it('holds what was added, by objects and by places', () => {
    fc.assert(
      fc.property(records, (all) => {
        const outputs = new OutputBatch();
        for (const record of all) {
          outputs.add(record);
          const { topic, key, value } = record;
          const own = outputs.room(value.length);
          const start = outputs.at;
          outputs.at += value.copy(own, start);
          outputs.append(topic, key, 0, key?.length ?? 0, own, start, outputs.at);
        }
        assert.equal(outputs.length, all.length * 2);
        const wanted = all.flatMap(({ headers, ...rest }) => [{ ...rest, headers }, rest]);
        assert.deepEqual([...outputs], wanted);
      }),
    );
  });

  it('keeps what it handed out when it begins another buffer', () => {
    const outputs = new OutputBatch();
    for (let i = 0; i < 100; i++) {
      const own = outputs.room(10_000);
      const start = outputs.at;
      outputs.at += 10_000;
      own.fill(i, start, outputs.at);
      outputs.append('metrics', null, 0, 0, own, start, outputs.at);
    }
    for (const [i, { value }] of [...outputs].entries()) assert.ok(value.every((byte) => byte === i));
  });
});
