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
    waiting.clear();
    assert.deepEqual(waiting.changes, []);
  });

  it('is due early when its changes hold many bytes, each key counted once', () => {
    const waiting = pending();
    const large = Buffer.alloc(1_000_000);
    for (let i = 0; i < 20; i++) changed(waiting, { key: 'same', value: large });
    assert.notEqual(waiting.dueIn(NOW, NEVER_MS), 0);
    for (let i = 0; i < 8; i++) changed(waiting, { key: `key ${i}`, value: large });
    assert.equal(waiting.dueIn(NOW, NEVER_MS), 0);
    waiting.clear();
    changed(waiting, { key: 'same', value: large });
    assert.notEqual(waiting.dueIn(NOW, NEVER_MS), 0);
    assert.equal(waiting.dueIn(NOW + 10, 10), 0);
  });

  it('is due an interval after the first step with something to show, and a second after one with none', () => {
    const waiting = pending();
    const step = (outputs: OutputBatch, at: number) =>
      waiting.add({ state: null, outputs, refusals: [], changes: [] }, nothing, at);
    assert.equal(waiting.dueIn(NOW, 10), Number.POSITIVE_INFINITY);
    step(new OutputBatch(), NOW);
    assert.equal(waiting.dueIn(NOW + 10, 10), 990);
    step(OutputBatch.of([{ topic: 'late', key: null, value: Buffer.alloc(1) }]), NOW + 500);
    assert.equal(waiting.dueIn(NOW + 500, 10), 10);
    assert.equal(waiting.dueIn(NOW + 600, 10), 0);
    waiting.clear();
    step(new OutputBatch(), NOW);
    assert.equal(waiting.dueIn(NOW, 5_000), 5_000);
  });
});
