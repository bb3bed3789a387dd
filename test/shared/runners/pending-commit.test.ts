import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import {
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_START,
} from '../../../shared/core/record-batch.js';
import type { StateChange, StepResult } from '../../../shared/core/stage.js';
import { PendingCommit } from '../../../shared/runners/pending-commit.js';

const NOW = 1_700_000_000_000;

describe('what waits for a commit', () => {
  const nothing = arrayBatch({ topic: 'windows', records: [] });
  const pending = () =>
    new PendingCommit(staticCodecs().encoder('dlq'), { worker: 'w', topic: 'x.t', prefix: 'x.' });
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

  describe('and is not taken by Kafka', () => {
    const origin = { worker: 'ingest', topic: 'x.ingest.metrics', prefix: 'x.' };
    const codecs = staticCodecs();
    const waitingFor = (result: Partial<StepResult<null>>, batch: RecordBatch) => {
      const waiting = new PendingCommit(codecs.encoder('dlq'), origin);
      const nothing = { state: null, outputs: new OutputBatch(), refusals: [], changes: [] };
      waiting.add({ ...nothing, ...result }, batch, NOW);
      return waiting;
    };
    const refused = (batch: OutputBatch, ...indexes: number[]) =>
      indexes.map((index) => ({ batch, index, message: `too large: ${index}` }));
    const lettersIn = (waiting: PendingCommit) =>
      waiting.outputs
        .flatMap((outputs) => [...outputs])
        .filter(({ topic }) => topic === 'dlq')
        .map(({ value }) => codecs.decoder('dlq').decode(value));
    const keysIn = (waiting: PendingCommit) =>
      waiting.outputs
        .flatMap((outputs) => [...outputs])
        .filter(({ topic }) => topic !== 'dlq')
        .map(({ key }) => String(key));

    it('goes to dlq as the record that it was, where that was passed on', () => {
      const large = (fill: string) => Buffer.alloc(70_000, fill);
      const headers = { trace: Buffer.from('t') };
      const records = [{ key: 'a', value: large('a'), headers }, { value: large('b') }];
      const batch = arrayBatch({ topic: 'x.ingest.metrics', partition: 3, records, baseOffset: 5 });
      const [segment] = batch.segments as [RecordSegment];
      const outputs = new OutputBatch();
      for (const [i, key] of ['t|small', 't|a', 't|b'].entries()) {
        const place = (i - 1) * PLACES;
        const start = i === 0 ? 0 : (segment.places[place + VALUE_START] as number);
        const bytes = i === 0 ? Buffer.from('small') : segment.bytes;
        const end = i === 0 ? 5 : start + 70_000;
        outputs.append('metrics', Buffer.from(key), 0, key.length, bytes, start, end);
      }
      const waiting = waitingFor({ outputs }, batch);
      assert.ok(waiting.divert(refused(outputs, 1), NOW));
      assert.deepEqual(keysIn(waiting), ['t|small', 't|b']);
      // What is refused later has moved.
      assert.ok(waiting.divert(refused(outputs, 1), NOW));
      assert.deepEqual(keysIn(waiting), ['t|small']);
      const [first, second] = lettersIn(waiting) as [DeadLetter, DeadLetter];
      assert.deepEqual(
        { ...first, value: first.value?.equals(large('a')) },
        {
          ...{ topic: 'x.ingest.metrics', partition: 3, offset: 5, key: Buffer.from('a'), value: true },
          ...{ headers, worker: 'ingest', failedAt: NOW },
          ...{ error: 'TACTUS_RECORD_UNWRITABLE', message: 'too large: 1' },
        },
      );
      assert.deepEqual([second.offset, second.key, second.value?.equals(large('b'))], [6, null, true]);
      assert.deepEqual(waiting.refusalCodes, ['TACTUS_RECORD_UNWRITABLE', 'TACTUS_RECORD_UNWRITABLE']);
    });

    it('goes to dlq as it is, where the stage has made it', () => {
      const outputs = OutputBatch.of([{ topic: 'windows', key: 'k', value: Buffer.from('made') }]);
      const waiting = waitingFor({ outputs }, nothing);
      assert.ok(waiting.divert(refused(outputs, 0), NOW));
      assert.deepEqual(lettersIn(waiting), [
        {
          ...{
            topic: 'x.windows',
            partition: -1,
            offset: -1,
            key: Buffer.from('k'),
            value: Buffer.from('made'),
          },
          ...{ headers: {}, worker: 'ingest', failedAt: NOW, error: 'TACTUS_RECORD_UNWRITABLE' },
          message: 'too large: 0; made from x.ingest.metrics',
        },
      ]);
    });

    it('loses value and headers where it is a dead letter, and nothing more can be left out then', () => {
      const headers = { trace: Buffer.alloc(100_000) };
      const records = [{ key: 'k'.repeat(70_000), value: Buffer.alloc(70_000), headers }];
      const batch = arrayBatch({ topic: 'x.ingest.metrics', partition: 3, records, baseOffset: 5 });
      const refusal = { index: 0, code: 'TACTUS_RECORD_TOO_LARGE', message: 'no' } as const;
      const waiting = waitingFor({ refusals: [refusal] }, batch);
      const [letters] = waiting.outputs as [OutputBatch];
      assert.ok(waiting.divert(refused(letters, 0), NOW));
      const [bare] = lettersIn(waiting) as [DeadLetter];
      assert.deepEqual(
        [bare.topic, bare.offset, bare.key, bare.value, bare.headers, bare.error],
        ['x.ingest.metrics', 5, null, null, {}, 'TACTUS_RECORD_TOO_LARGE'],
      );
      assert.match(bare.message, /^no; the record has a value of 70000 bytes, /);
      assert.deepEqual(waiting.refusalCodes, ['TACTUS_RECORD_TOO_LARGE'], 'counted once');
      assert.equal(waiting.divert(refused(waiting.outputs.at(-1) as OutputBatch, 0), NOW), false);
      assert.equal(lettersIn(waiting).length, 1, 'it stays');
    });
  });
});
