import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeProgress, encodeProgress, type ProgressRecord } from '../../../shared/wire/progress-record.js';

const RECORD: ProgressRecord = {
  note: {
    stage: 'ingest',
    topic: 'ingest.metrics',
    partitions: 3,
    times: [
      { partition: 0, time: 1_700_000_000_000, atEnd: true },
      { partition: 2, time: null, atEnd: false },
    ],
  },
  output: 'metrics',
  upTo: [12, 0, 5_000_000_000],
  committed: [
    { partition: 0, offset: 7, next: 9, topicId: 'MkT4pTPvTjGTDOKzgHhp9Q', epoch: 3 },
    { partition: 2, offset: 0, next: 5_000_000_000, topicId: null },
  ],
};

describe('a record of progress', () => {
  it('says what was said', () => {
    assert.deepEqual(decodeProgress(encodeProgress(RECORD)), RECORD);
  });

  it('is read without what builds before did not say', () => {
    const { committed, ...before } = JSON.parse(encodeProgress(RECORD).toString());
    assert.equal(committed.length, 2);
    assert.deepEqual(decodeProgress(Buffer.from(JSON.stringify(before))), { ...RECORD, committed: [] });
  });

  it('is nothing for any other bytes, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        assert.equal(decodeProgress(Buffer.from(bytes)), null);
      }),
    );
    const text = encodeProgress(RECORD).toString();
    for (const [from, to] of [
      ['"v":1', '"v":2'],
      ['[12,', '[-12,'],
      ['[12,', '["12",'],
      ['"metrics"', '7'],
      ['"note":"', '"note":"AAAA'],
      ['[0,7,9,"MkT4pTPvTjGTDOKzgHhp9Q",3]', '[0,7,9,"MkT4pTPvTjGTDOKzgHhp9Q"]'],
      ['[0,7,9,', '[0,-7,9,'],
      ['"MkT4pTPvTjGTDOKzgHhp9Q",3', '4,3'],
      ['"MkT4pTPvTjGTDOKzgHhp9Q",3', '"MkT4pTPvTjGTDOKzgHhp9Q",-3'],
      ['[0,7,9,"MkT4pTPvTjGTDOKzgHhp9Q",3]', '7'],
    ] as const)
      assert.equal(decodeProgress(Buffer.from(text.replace(from, to))), null, to);
  });
});
