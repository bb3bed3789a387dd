import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { StateChange } from '../../../shared/core/stage.js';
import { PendingCommit } from '../../../shared/runners/pending-commit.js';

const NOW = 1_700_000_000_000;

describe('what waits for a commit', () => {
  const nothing = arrayBatch({ topic: 'windows', records: [] });
  const pending = () => new PendingCommit(staticCodecs().encoder('dlq'), { worker: 'w', topic: 't' });
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

  it('counts the bytes of each key once', () => {
    const waiting = pending();
    const large = Buffer.alloc(1_000_000);
    for (let i = 0; i < 20; i++) changed(waiting, { key: 'same', value: large });
    changed(waiting, { key: 'other', value: large });
    assert.deepEqual([waiting.bytes, waiting.records, waiting.hasOutput], [2_000_000, 2, true]);
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
