import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Freshness, recoveryMs } from './recovery.js';

describe('freshness', () => {
  it('is of the part that is oldest, and stale before anything was seen', () => {
    const freshness = new Freshness(['a', 'b'], 10);
    assert.deepEqual(freshness.look(100), ['a', 'b']);
    freshness.saw('a', 95);
    assert.deepEqual(freshness.look(101), ['b']);
    freshness.saw('b', 95);
    assert.deepEqual(freshness.look(105), []);
    assert.equal(freshness.staleAt, 101);
    assert.deepEqual(freshness.look(106), ['a', 'b']);
    assert.equal(freshness.staleAt, 106);
  });

  it('does not go back for what comes late, and does not know other parts', () => {
    const freshness = new Freshness(['a'], 10);
    freshness.saw('a', 95);
    freshness.saw('a', 20);
    freshness.saw('c', 20);
    assert.deepEqual(freshness.look(100), []);
  });
});

describe('the time to recover', () => {
  it('counts from the end of the fault and from its beginning', () => {
    const times = recoveryMs({ beganAt: 1_000, endedAt: 3_000, backAt: 7_500 });
    assert.deepEqual(times, { fromEnd: 4_500, fromBeginning: 6_500 });
  });

  it('is nothing from the end for what is back before it', () => {
    assert.deepEqual(recoveryMs({ beganAt: 1_000, endedAt: 3_000, backAt: 2_000 }), {
      ...{ fromEnd: 0, fromBeginning: 1_000 },
    });
    assert.deepEqual(recoveryMs({ beganAt: 1_000, endedAt: 3_000, backAt: 1_000 }), {
      ...{ fromEnd: 0, fromBeginning: 0 },
    });
  });

  it('is unknown of what did not come back', () => {
    assert.deepEqual(recoveryMs({ beganAt: 1_000, endedAt: 3_000, backAt: null }), {
      ...{ fromEnd: null, fromBeginning: null },
    });
  });
});
