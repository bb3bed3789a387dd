import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { growthOf, type MemorySample } from './memory.js';

/** A sample each ten seconds. */
function samples(seconds: number, heapAt: (second: number) => number, resident = 200): MemorySample[] {
  return Array.from({ length: seconds / 10 + 1 }, (_, i) => ({
    ...{ at: i * 10_000, heap: heapAt(i * 10), resident },
  }));
}

describe('growth of memory', () => {
  it('compares the least of a minute after the warm-up with that at the end', () => {
    const saw = samples(600, (second) => (second < 120 ? second : 100 + (second % 60)));
    assert.deepEqual(growthOf(saw), { from: 100, to: 100, resident: 200, problem: null });
  });

  it('is a problem beyond the bound', () => {
    const leak = growthOf(samples(600, (second) => 60 + second / 2));
    assert.equal(leak?.problem, 'the heap grew from 120 to 330 MiB');
    assert.equal(growthOf(samples(600, () => 50, 1_100))?.problem, '1100 MiB resident');
  });

  it('is unknown of a process that ran for too short a time', () => {
    assert.equal(growthOf([]), null);
    assert.equal(growthOf(samples(230, () => 50)), null);
    assert.notEqual(growthOf(samples(240, () => 50)), null);
  });
});
