import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextOf } from '../../../shared/core/checkpoint-metadata.js';
import { placed } from '../../../shared/runners/placed-checkpoint.js';

const ids = fc.constantFrom('a', 'b', null, undefined);
const cases = fc.record({
  offset: fc.nat(100),
  ahead: fc.nat(20),
  metadata: fc.constantFrom('stage', '', 'reset by hand'),
  start: fc.nat(100),
  length: fc.nat(60),
  committedId: ids,
  currentId: ids,
});

describe('the place of a checkpoint in the log as it is', () => {
  it('is in the log always, and the checkpoint as it was wherever the log has all of it', () => {
    fc.assert(
      fc.property(cases, ({ offset, ahead, metadata, start, length, committedId, currentId }) => {
        const stage = JSON.stringify({ v: 1, next: offset + ahead, since: { x: 3 } });
        const checkpoint = {
          ...{ offset, metadata: metadata === 'stage' ? stage : metadata },
          ...(committedId !== undefined && { topicId: committedId }),
        };
        const end = start + length;
        const range = { start, end, ...(currentId !== undefined && { topicId: currentId }) };
        const found = placed(checkpoint, range);
        assert.ok(found.from >= start && found.from <= end);
        const another = committedId && currentId && committedId !== currentId;
        if (another) {
          assert.deepEqual([found.checkpoint, found.from, found.gap?.cause], [null, start, 'recreation']);
          return;
        }
        assert.ok(found.checkpoint !== null);
        assert.equal(found.checkpoint.offset, found.from);
        const next = nextOf(checkpoint);
        if (offset >= start && next <= end) {
          assert.deepEqual(found, { checkpoint, from: offset, gap: null });
          return;
        }
        assert.equal(found.gap?.cause, next > end ? 'truncation' : 'retention');
        assert.ok((found.gap?.records ?? 0) > 0);
        assert.equal(nextOf(found.checkpoint), Math.min(Math.max(next, start), end));
        if (metadata === 'stage') {
          const { since } = JSON.parse(found.checkpoint.metadata) as { since: object };
          assert.deepEqual(since, { x: 3 });
        }
      }),
    );
  });

  it('is where the log parts from what was read, however long it is', () => {
    const checkpoint = { offset: 5, metadata: '{"v":1,"next":9}', topicId: 'a', epoch: 3 };
    const found = placed(checkpoint, { start: 0, end: 50, topicId: 'a', sharedEnd: 7 });
    assert.deepEqual(found, {
      checkpoint: { offset: 5, metadata: '{"v":1,"next":7}', topicId: 'a' },
      from: 5,
      gap: { cause: 'truncation', goOnAt: 7, records: 2 },
    });
    const whole = { start: 0, end: 50, topicId: 'a', sharedEnd: 50 };
    assert.deepEqual(placed(checkpoint, whole), { checkpoint, from: 5, gap: null });
  });

  it('is the beginning where nothing was committed', () => {
    assert.deepEqual(placed(null, { start: 4, end: 9 }), { checkpoint: null, from: 4, gap: null });
  });
});
