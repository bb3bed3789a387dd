import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FairTurns, QUANTUM } from '../../../shared/runners/fair-turns.js';

const ANY = () => true;

describe('turns of partitions', () => {
  const weights = fc.array(fc.constantFrom(0.125, 0.5, 1, 2, 8), { minLength: 2, maxLength: 6 });

  it('give records in proportion to the weights, however many are taken at once', () => {
    fc.assert(
      fc.property(weights, fc.infiniteStream(fc.integer({ min: 1, max: 9_000 })), (all, sizes) => {
        const turns = new FairTurns<number>();
        for (const [i, weight] of all.entries()) {
          turns.claim(i, { weight, priority: 0 });
          turns.ready(i);
        }
        const taken = all.map(() => 0);
        const rounds = 20;
        const total = rounds * QUANTUM * all.reduce((sum, weight) => sum + weight, 0);
        while (taken.reduce((sum, count) => sum + count, 0) < total) {
          const turn = turns.next(ANY);
          assert.ok(turn !== null);
          const count = Math.min(turn.most, sizes.next().value as number);
          turns.took(turn.key, count);
          taken[turn.key] = (taken[turn.key] as number) + count;
        }
        // All have had some twenty turns: nobody is more than one ahead or behind, the current one besides.
        for (const [i, weight] of all.entries())
          assert.ok(Math.abs((taken[i] as number) / (QUANTUM * weight) - rounds) <= 2, `${taken} of ${all}`);
      }),
      { numRuns: 50 },
    );
  });

  it('come at once to who had nothing, before those who take turn after turn', () => {
    const turns = new FairTurns<string>();
    for (const key of ['a', 'b', 'c']) turns.ready(key);
    for (let i = 0; i < 10; i++) {
      const turn = turns.next(ANY);
      assert.ok(turn !== null);
      turns.took(turn.key, turn.most);
    }
    turns.ready('quiet');
    assert.equal(turns.next(ANY)?.key, 'quiet');
  });

  it('are no more for who has nothing now and then', () => {
    const turns = new FairTurns<string>();
    const taken = { steady: 0, pausing: 0 };
    turns.ready('steady');
    for (let i = 0; i < 1_000; i++) {
      turns.ready('pausing');
      const turn = turns.next(ANY);
      assert.ok(turn !== null);
      const count = Math.min(turn.most, 500);
      turns.took(turn.key, count);
      taken[turn.key as 'steady'] += count;
      turns.idle('pausing');
    }
    assert.ok(taken.pausing <= taken.steady + 3 * QUANTUM, JSON.stringify(taken));
  });

  it('come to a lower priority only while no higher one has anything', () => {
    const turns = new FairTurns<string>();
    turns.claim('high', { weight: 1, priority: 5 });
    turns.ready('low');
    turns.ready('high');
    for (let i = 0; i < 5; i++) {
      const turn = turns.next(ANY);
      assert.equal(turn?.key, 'high');
      turns.took('high', QUANTUM);
    }
    assert.equal(turns.next((key) => key !== 'high')?.key, 'low', 'it may not take what it has');
    turns.idle('high');
    assert.equal(turns.next(ANY)?.key, 'low');
  });

  it('come to somebody whenever somebody may take something, whatever came before', () => {
    const event = fc.record({
      key: fc.nat({ max: 4 }),
      does: fc.constantFrom('ready', 'idle', 'remove', 'claim', 'turn', 'turn', 'turn'),
      may: fc.nat({ max: 31 }),
      most: fc.integer({ min: 1, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const turns = new FairTurns<number>();
        const ready = new Set<number>();
        for (const { key, does, may, most } of events) {
          if (does === 'ready') ready.add(key);
          if (does === 'idle' || does === 'remove') ready.delete(key);
          if (does === 'claim') turns.claim(key, { weight: 0.01 * most, priority: may % 3 });
          else if (does !== 'turn') turns[does](key);
          else {
            const isAble = (one: number) => (may & (1 << one)) !== 0;
            const turn = turns.next(isAble);
            assert.equal(turn !== null, [...ready].some(isAble));
            if (turn === null) continue;
            assert.ok(ready.has(turn.key) && isAble(turn.key) && turn.most > 0);
            turns.took(turn.key, Math.min(most, turn.most));
          }
        }
      }),
    );
  });
});
