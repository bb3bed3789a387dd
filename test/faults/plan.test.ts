import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomOf } from '../integrity/random.js';
import { everyFault, nameOf, randomFaults, selectFaults, TARGETS } from './plan.js';

describe('the plan of faults', () => {
  it('has every target, disks of servers alone, and one fault of senders', () => {
    const all = everyFault();
    assert.deepEqual(new Set(all.map(({ target }) => target)), new Set(TARGETS));
    assert.deepEqual(
      all.filter(({ kind }) => kind === 'disk').map(({ target }) => target),
      ['leader', 'coordinator', 'broker', 'registry', 'database', 'redis'],
    );
    assert.deepEqual(all.filter(({ target }) => target === 'sender').map(nameOf), ['sender:clock']);
  });

  it('is chosen from by target, by kind and by both', () => {
    assert.deepEqual(selectFaults('redis:freeze,broker:cut').map(nameOf), ['broker:cut', 'redis:freeze']);
    assert.deepEqual(selectFaults('ingest').map(nameOf), [
      ...['ingest:kill', 'ingest:freeze', 'ingest:slow', 'ingest:cut'],
    ]);
    assert.equal(selectFaults('*:kill,redis:kill').length, TARGETS.length - 1);
    for (const wrong of ['brokers', 'redis:clock', '', 'ingest:disk'])
      assert.throws(() => selectFaults(wrong), /there is no fault/);
  });

  it('is the same at random for the same seed, and never the same fault twice in a row', () => {
    const some = selectFaults('redis,gateway:kill');
    const first = (seed: number) => {
      const found: string[] = [];
      for (const each of randomFaults(some, randomOf(seed))) if (found.push(nameOf(each)) === 200) break;
      return found;
    };
    assert.deepEqual(first(3), first(3));
    assert.notDeepEqual(first(3), first(4));
    const found = first(3);
    assert.equal(new Set(found).size, some.length);
    assert.ok(found.every((name, i) => name !== found[i + 1]));
    const one = selectFaults('gateway:kill');
    assert.deepEqual(
      randomFaults(one, randomOf(1)).take(2).map(nameOf).toArray(),
      Array(2).fill('gateway:kill'),
    );
    assert.deepEqual(randomFaults([], randomOf(1)).toArray(), []);
  });
});
