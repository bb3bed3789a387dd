import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { StateChange } from '../../../shared/core/stage.js';
import { PendingCommit } from '../../../shared/runners/pending-commit.js';

const NOW = 1_700_000_000_000;
const NEVER_MS = 1e9;

describe('what waits for a commit', () => {
  const nothing = arrayBatch({ topic: 'windows', records: [] });
  const pending = (lastCommit = NOW - NEVER_MS) =>
    new PendingCommit(staticCodecs().encoder('dlq'), { worker: 'w', topic: 't' }, lastCommit);
  const changed = (waiting: PendingCommit, ...changes: StateChange[]) =>
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
  });

  it('is due early when its changes hold many bytes, each key counted once', () => {
    const waiting = pending(NOW);
    const large = Buffer.alloc(1_000_000);
    for (let i = 0; i < 20; i++) changed(waiting, { key: 'same', value: large });
    assert.notEqual(waiting.dueIn(NOW, NEVER_MS), 0);
    for (let i = 0; i < 8; i++) changed(waiting, { key: `key ${i}`, value: large });
    assert.equal(waiting.dueIn(NOW, NEVER_MS), 0);
  });

  it('is due an interval after the commit before it, and a second after steps with nothing to show', () => {
    let waiting = pending();
    const step = (outputs: OutputBatch, at: number) =>
      waiting.add({ state: null, outputs, refusals: [], changes: [] }, nothing, at);
    const shows = OutputBatch.of([{ topic: 'late', key: null, value: Buffer.alloc(1) }]);
    assert.equal(waiting.dueIn(NOW, 10), Number.POSITIVE_INFINITY);
    step(new OutputBatch(), NOW);
    assert.equal(waiting.dueIn(NOW + 10, 10), 990);
    step(shows, NOW + 500);
    assert.equal(waiting.dueIn(NOW + 500, 10), 0, 'nothing was committed for long');
    waiting = pending(NOW + 500);
    step(shows, NOW + 503);
    assert.equal(waiting.dueIn(NOW + 503, 10), 7);
    assert.equal(waiting.dueIn(NOW + 510, 10), 0);
    assert.equal(waiting.dueIn(NOW - 60_000, 10), 10, 'a clock that was set back');
    waiting = pending(NOW + 510);
    step(new OutputBatch(), NOW + 510);
    assert.equal(waiting.dueIn(NOW + 510, 5_000), 5_000);
  });

  it('frees the memory of a batch at once, unless what is to be committed is a place in it', () => {
    const value = Buffer.alloc(20_000);
    const step = (outputs: OutputBatch) => {
      let freed = false;
      const batch = {
        ...arrayBatch({ topic: 'windows', records: [{ value }] }),
        recycle: () => {
          freed = true;
        },
      };
      const { bytes } = batch.segments[0] as { bytes: Buffer };
      return {
        batch,
        bytes,
        freed: () => freed,
        result: { state: null, outputs, refusals: [], changes: [] },
      };
    };
    const waiting = pending();
    const own = step(OutputBatch.of([{ topic: 'late', key: null, value: Buffer.alloc(1) }]));
    waiting.releaseInput(own.result, own.batch);
    assert.ok(own.freed(), 'what is written is elsewhere');

    for (const part of ['key', 'value', 'headers', 'change'] as const) {
      const outputs = new OutputBatch();
      const forwarding = step(outputs);
      const place = (wanted: typeof part) => (part === wanted ? forwarding.bytes : Buffer.alloc(8));
      outputs.append('late', Buffer.alloc(1), 0, 1, Buffer.alloc(1), 0, 1);
      outputs.append('late', place('key'), 0, 1, place('value'), 0, 1);
      outputs.putHeaders(place('headers'), 0, 1);
      const changes = [{ key: 'a', value: place('change') }];
      waiting.releaseInput({ ...forwarding.result, changes }, forwarding.batch);
      assert.ok(!forwarding.freed(), part);
      waiting.recycle();
      assert.ok(forwarding.freed(), `${part}, committed`);
    }
  });
});
