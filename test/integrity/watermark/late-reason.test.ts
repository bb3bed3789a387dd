import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Book } from './book.js';
import { type LateReason, type MissedWindow, reasonOf } from './late-reason.js';

const NOW = 1_700_000_000_000;
const SIZES = new Map([
  ['second', { sizeMs: 1_000, graceMs: 3_000 }],
  ['minute', { sizeMs: 60_000, graceMs: 5_000 }],
  ['visit', { sizeMs: 0, graceMs: 3_000 }],
]);
const NEVER = Number.POSITIVE_INFINITY;

function reason(
  missed: readonly MissedWindow[],
  before: number,
  { book = new Book(), appendedAt = NOW, partition = 2, namedAt = NEVER } = {},
): LateReason {
  return reasonOf(missed, { partition, appendedAt, before }, SIZES, book, () => namedAt);
}

const SECOND = { window: 'second', start: NOW - 10_000 };
const CLOSES_AT = NOW - 6_000;

describe('the reason why a point is late', () => {
  it('is its arrival when its own partition had passed the end and the grace of every window that it missed', () => {
    assert.equal(reason([SECOND], CLOSES_AT), 'arrival');
    assert.equal(reason([SECOND], CLOSES_AT - 1), 'none');
    assert.equal(reason([SECOND, { window: 'minute', start: NOW - 60_000 }], CLOSES_AT), 'none');
  });

  it('is none for the first point of a partition, and for a kind of window that there is not', () => {
    assert.equal(reason([SECOND], Number.NEGATIVE_INFINITY), 'none');
    assert.equal(reason([{ window: 'hour', start: 0 }], NOW), 'none');
  });

  it('is its arrival for a session that may have ended by then', () => {
    assert.equal(reason([{ window: 'visit', start: NOW - 3_000 }], NOW), 'arrival');
    assert.equal(reason([{ window: 'visit', start: NOW - 2_999 }], NOW), 'none');
  });

  it('is a hold only of its own partition and only while the test held it', () => {
    const book = new Book();
    book.hold([1, 2], NOW - 1_000)(NOW + 1_000);
    assert.equal(reason([SECOND], NOW - 60_000, { book }), 'hold');
    assert.equal(reason([SECOND], NOW - 60_000, { book, partition: 3 }), 'none');
    for (const appendedAt of [NOW - 1_001, NOW + 1_001])
      assert.equal(reason([SECOND], NOW - 60_000, { book, appendedAt }), 'none');
    assert.equal(reason([SECOND], CLOSES_AT, { book }), 'arrival');
  });

  it('is a hold that has not ended yet', () => {
    const book = new Book();
    book.hold([2], NOW);
    assert.equal(reason([SECOND], NOW - 60_000, { book, appendedAt: NOW + 3_600_000 }), 'hold');
  });

  it('is the slow clock in its partition alone', () => {
    const book = new Book(new Set([2]));
    assert.equal(reason([SECOND], NOW - 60_000, { book }), 'slow');
    assert.equal(reason([SECOND], NOW - 60_000, { book, partition: 1 }), 'none');
  });

  it('is that its partition was added, until a time note names the partition', () => {
    const book = new Book();
    book.add(2);
    assert.equal(reason([SECOND], NOW - 60_000, { book }), 'unnamed');
    assert.equal(reason([SECOND], NOW - 60_000, { book, namedAt: NOW }), 'unnamed');
    assert.equal(reason([SECOND], NOW - 60_000, { book, namedAt: NOW - 1 }), 'none');
    assert.equal(reason([SECOND], NOW - 60_000, { book, partition: 1 }), 'none');
  });
});
