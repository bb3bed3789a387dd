import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SLOW_MS } from '../../../shared/windows/slow-sources.js';
import type { SourceTimes } from '../../../shared/windows/source-times.js';
import { HOLD, IDLE, noteOf, sourcesFrom, takeDirect, UNKNOWN } from './sources.js';

describe('a source that is slow though it is read to its end', () => {
  const goOn = (sources: SourceTimes, from: number, to: number, behind: number, atEnd = true) => {
    for (let at = from; at <= to; at += 1_000) {
      sources.takeNotes([noteOf({ 0: at })], at);
      sources.takeNotes([noteOf({ 1: at - behind }, { atEnd })], at);
    }
  };

  it('counts as idle after half a minute, until it has caught up', () => {
    const { sources, events } = sourcesFrom();
    goOn(sources, 0, SLOW_MS - 1_000, IDLE + 10);
    assert.deepEqual([events, sources.time], [[], SLOW_MS - 1_000 - IDLE - 10]);
    goOn(sources, SLOW_MS, SLOW_MS + 1_000, IDLE + 10);
    assert.deepEqual([events, sources.time], [['1 slow'], SLOW_MS + 1_000]);
    assert.equal(sources.timeWithHeld, sources.time);
    sources.takeNotes([noteOf({ 1: SLOW_MS + 1_000 }, { atEnd: true })], SLOW_MS + 1_500);
    assert.deepEqual(events, ['1 slow', '1 back from slow']);
  });

  it('is waited for while it has records to read, or is not so far behind', () => {
    for (const [behind, atEnd] of [
      [IDLE + 10, false],
      [IDLE, true],
    ] as const) {
      const { sources, events } = sourcesFrom();
      goOn(sources, 0, 10 * SLOW_MS, behind, atEnd);
      assert.deepEqual([events, sources.time], [[], 10 * SLOW_MS - behind]);
    }
  });

  it('is passed over beside others that are as slow, each in its turn', () => {
    const { sources, events } = sourcesFrom();
    const hour = 3_600_000;
    for (let at = 0; at <= SLOW_MS + 2_000; at += 1_000) {
      sources.takeNotes([noteOf({ 3: at }, { partitions: 4 })], at);
      // Now one is the slowest and now another.
      const behind =
        at % 2_000 === 0 ? { 0: at - hour, 1: at - hour + 50 } : { 0: at - hour + 50, 1: at - hour };
      sources.takeNotes([noteOf({ ...behind, 2: at - hour / 2 }, { partitions: 4, atEnd: true })], at);
    }
    assert.deepEqual(events.toSorted(), ['0 slow', '1 slow', '2 slow']);
    assert.equal(sources.time, SLOW_MS + 2_000);
  });

  it('has half a minute of its own, whoever was slow before', () => {
    const { sources, events } = sourcesFrom();
    const step = (at: number, behind: number) => {
      sources.takeNotes([noteOf({ 2: at }, { partitions: 3 })], at);
      sources.takeNotes([noteOf({ 0: at - 60_000, 1: at - behind }, { partitions: 3, atEnd: true })], at);
    };
    for (let at = 0; at < SLOW_MS; at += 1_000) step(at, 0);
    for (let at = SLOW_MS; at < 2 * SLOW_MS; at += 1_000) step(at, 59_000);
    assert.deepEqual(events, ['0 slow']);
    for (let at = 2 * SLOW_MS; at < 3 * SLOW_MS; at += 1_000) step(at, 59_000);
    assert.deepEqual(events, ['0 slow', '1 slow']);
  });

  it('is waited for beside another that has records to read', () => {
    const { sources, events } = sourcesFrom();
    for (let at = 0; at <= 4 * SLOW_MS; at += 1_000) {
      sources.takeNotes([noteOf({ 2: at, 1: at - 60_000 + 10 }, { partitions: 3 })], at);
      sources.takeNotes([noteOf({ 0: at - 60_000 }, { partitions: 3, atEnd: true })], at);
    }
    assert.deepEqual([events, sources.time], [[], 4 * SLOW_MS - 60_000]);
  });

  it('may be those who write without notes', () => {
    const { sources, events } = sourcesFrom();
    for (let at = 0; at <= SLOW_MS + 2_000; at += 1_000) {
      sources.takeNotes([noteOf({ 0: at, 1: at })], at);
      takeDirect(sources, at - 3_600_000, at);
    }
    assert.deepEqual([events, sources.time], [['0 slow'], SLOW_MS + 2_000]);
  });

  it('is not one of which nothing is known yet', () => {
    const { sources, events } = sourcesFrom();
    for (let at = 0; at < HOLD; at += 1_000) {
      sources.takeNotes([noteOf({ 0: at }, { atEnd: true })], at);
      sources.takeNotes([noteOf({ 1: null })], at);
    }
    assert.deepEqual([events, sources.time], [[], UNKNOWN]);
  });

  it('is waited for when its owner has died', () => {
    const { sources, events } = sourcesFrom();
    goOn(sources, 0, 10_000, IDLE + 10);
    for (let at = 10_000; at < HOLD; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.deepEqual([events, sources.time], [[], 10_000 - IDLE - 10]);
  });
});
