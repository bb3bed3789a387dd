import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeTimeNote, TIME_HEADER } from '../../../shared/wire/time-note.js';
import { inputPartitions, NamedPartitions } from './named.js';

function note(partitions: number, change: { stage?: string; topic?: string } = {}): Buffer {
  const times = [{ partition: 0, time: 1_700_000_000_000, atEnd: true }];
  return encodeTimeNote({ stage: 'ingest', topic: 'ingest.metrics', partitions, times, ...change });
}

const header = (value: Buffer, key = TIME_HEADER) => ({ key, value });

describe('partitions that time notes name', () => {
  it('are as many as the note of ingest says that its input has', () => {
    for (const count of [1, 4, 63, 64, 100, 5_000]) assert.equal(inputPartitions(note(count)), count);
    assert.equal(inputPartitions(note(4, { stage: 'windowing' })), 0);
    assert.equal(inputPartitions(note(4, { topic: 'ingest.events' })), 0);
  });

  it('are none by a marker, by another version and by foreign bytes', () => {
    for (const value of [encodeTimeNote(null), Buffer.of(), Buffer.of(2, 12), Buffer.of(1, 255, 255, 255)])
      assert.equal(inputPartitions(value), 0);
  });

  it('are named from the first note on, each partition of the output by itself', () => {
    const named = new NamedPartitions();
    const see = (partition: number, appendedAt: number, headers: { key: string; value: Buffer }[]) =>
      named.observe({ partition, appendedAt, headers });
    see(0, 100, [header(note(2))]);
    see(0, 150, [header(note(4), 'foreign')]);
    see(0, 160, [header(note(4)), header(Buffer.of(1), 'foreign')]);
    see(0, 200, [header(Buffer.of(1), 'foreign'), header(note(3))]);
    see(0, 300, [header(note(3))]);
    see(1, 400, [header(note(2))]);
    assert.deepEqual([named.since(0, 0), named.since(0, 1), named.since(0, 2)], [100, 100, 200]);
    assert.deepEqual([named.since(1, 1), named.since(1, 2)], [400, Number.POSITIVE_INFINITY]);
    assert.deepEqual([named.has(1), named.has(2)], [true, false]);
  });

  it('are none where there is no note', () => {
    const named = new NamedPartitions();
    named.observe({ partition: 0, appendedAt: 1, headers: [] });
    assert.deepEqual([named.since(0, 0), named.has(0)], [Number.POSITIVE_INFINITY, false]);
  });
});
