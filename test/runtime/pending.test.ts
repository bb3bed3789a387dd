import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { StateChange } from '../../shared/core/stage.js';
import { Pending } from '../../shared/runtime/pending.js';

const NOW = 1_700_000_000_000;
const NEVER_MS = 1e9;

describe('what waits for a commit', () => {
  const nothing = arrayBatch({ topic: 'windows', records: [] });
  const pending = () => new Pending(staticCodecs().encoder('dlq'), { worker: 'w', topic: 't' });
  const changed = (waiting: Pending, ...changes: StateChange[]) =>
    waiting.add({ state: null, outputs: new OutputBatch(), refusals: [], changes }, nothing, NOW);

  it('holds the latest change of each key, in the order of these', () => {
    const waiting = pending();
    changed(waiting, { key: 'a', value: Buffer.from('1') }, { key: 'b', value: Buffer.from('1') });
    changed(waiting, { key: 'c', value: null }, { key: 'a', value: Buffer.from('2') });
    assert.deepEqual(waiting.changes, [
      { key: 'b', value: Buffer.from('1') },
      { key: 'c', value: null },
      { key: 'a', value: Buffer.from('2') },
    ]);
    waiting.clear(NOW);
    assert.deepEqual(waiting.changes, []);
  });

  it('is due early when its changes hold many bytes, each key counted once', () => {
    const waiting = pending();
    waiting.clear(NOW);
    const large = Buffer.alloc(1_000_000);
    for (let i = 0; i < 20; i++) changed(waiting, { key: 'same', value: large });
    assert.notEqual(waiting.dueIn(NOW, NEVER_MS), 0);
    for (let i = 0; i < 8; i++) changed(waiting, { key: `key ${i}`, value: large });
    assert.equal(waiting.dueIn(NOW, NEVER_MS), 0);
    waiting.clear(NOW);
    changed(waiting, { key: 'same', value: large });
    assert.notEqual(waiting.dueIn(NOW, NEVER_MS), 0);
    assert.equal(waiting.dueIn(NOW + 10, 10), 0);
  });

  it('is due an interval after the commit before it, and a second after steps with nothing to show', () => {
    const waiting = pending();
    const step = (outputs: OutputBatch, at: number) =>
      waiting.add({ state: null, outputs, refusals: [], changes: [] }, nothing, at);
    const shows = OutputBatch.of([{ topic: 'late', key: null, value: Buffer.alloc(1) }]);
    assert.equal(waiting.dueIn(NOW, 10), Number.POSITIVE_INFINITY);
    step(new OutputBatch(), NOW);
    assert.equal(waiting.dueIn(NOW + 10, 10), 990);
    step(shows, NOW + 500);
    assert.equal(waiting.dueIn(NOW + 500, 10), 0, 'nothing was committed for long');
    waiting.clear(NOW + 500);
    step(shows, NOW + 503);
    assert.equal(waiting.dueIn(NOW + 503, 10), 7);
    assert.equal(waiting.dueIn(NOW + 510, 10), 0);
    assert.equal(waiting.dueIn(NOW - 60_000, 10), 10, 'a clock that was set back');
    waiting.clear(NOW + 510);
    step(new OutputBatch(), NOW + 510);
    assert.equal(waiting.dueIn(NOW + 510, 5_000), 5_000);
  });
});
