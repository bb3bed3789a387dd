import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import type { Kafka } from 'kafkajs';
import { pino } from 'pino';
import { createKafka } from '../../../../../shared/adapters/kafka/client.js';
import { TransactionalProducer } from '../../../../../shared/adapters/kafka/produce/transaction.js';
import { transactionalOutput } from '../../../../../shared/adapters/kafka/produce/transactional-output.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import type { TransactionalOutput } from '../../../../../shared/ports/log.js';
import { latestOf } from '../../../../../shared/runners/read-changelog.js';
import { ownPrefix } from '../../../../support/own-prefix.js';
import { sharedServers } from '../../../../support/servers.js';
import { createTopic } from '../../../../support/topics.js';
import { until } from '../../../../support/until.js';
import { type Reading, startReading } from '../reading.js';

describe('the output of a partition', { timeout: 240_000 }, () => {
  const prefix = ownPrefix('output');
  const groupId = `${prefix}group`;
  const input = `${prefix}windows`;
  const signal = new AbortController().signal;
  const opened: TransactionalOutput[] = [];
  let reading: Reading;
  let kafka: Kafka;

  before(async () => {
    reading = await startReading();
    kafka = createKafka({ config: loadConfig({ ...sharedServers() }), log: pino({ level: 'silent' }) });
    for (const name of ['windows', 'alerts', 'state.alerting'])
      await createTopic(reading.admin, { topic: prefix + name, numPartitions: 1 });
    // A broker that has just started has no coordinator of the group yet.
    await until('the coordinator of the group', () =>
      reading.admin.fetchOffsets({ groupId, topics: [input] }),
    );
  });
  afterEach(() => mock.restoreAll());
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await reading.close();
  });

  const committed = async () => {
    const [found] = await reading.admin.fetchOffsets({ groupId, topics: [input] });
    const { offset = '-1', metadata } = found?.partitions[0] ?? {};
    return offset === '-1' ? null : { offset: Number(offset), metadata: metadata ?? '' };
  };
  /** As a worker does that takes the partition over. */
  const takeOver = async () => {
    const member = { committed, confirmed: never, commit: never, leave: never };
    const own = { kafka, member, prefix, groupId, topic: input, partition: 0 };
    const output = transactionalOutput({ ...own, codec: 'none', changelog: 'state.alerting' });
    opened.push(output);
    await output.open();
    return output;
  };
  const write = (output: TransactionalOutput, what: string, offset: number) => {
    const alerts = new OutputBatch();
    alerts.add({ topic: 'alerts', key: what, value: Buffer.from(what) });
    const changes = [{ key: what, value: Buffer.from(what) }];
    return output.commit({ outputs: [alerts], changes, checkpoint: { offset, metadata: what } });
  };
  /** What the next owner finds: of the outputs as of the changelog, the keys that are read under read_committed. */
  const found = async () => {
    const keysOf = async (name: string) => {
      const options = { ...reading, topic: prefix + name, partition: 0, signal, onRemaining: () => {} };
      return [...(await latestOf(options)).keys()];
    };
    return [await keysOf('alerts'), await keysOf('state.alerting'), await committed()];
  };

  it('holds nothing of what an owner had written, changelog and offset with it, when it was shut out before the commit', async () => {
    const old = await takeOver();
    await write(old, 'first', 10);
    const original = TransactionalProducer.prototype.commit;
    // All has been written and acknowledged by then.
    const commit = mock.method(
      TransactionalProducer.prototype,
      'commit',
      async function (this: TransactionalProducer) {
        await takeOver();
        await original.call(this);
      },
    );
    await assert.rejects(write(old, 'second', 20), { code: 'TACTUS_FENCED' });
    assert.equal(commit.mock.callCount(), 1);
    assert.deepEqual(await found(), [['first'], ['first'], { offset: 10, metadata: 'first' }]);
  });

  it('holds all of it, changelog and offset with it, when the owner ends right after the commit', async () => {
    const owner = await takeOver();
    const original = TransactionalProducer.prototype.commit;
    mock.method(TransactionalProducer.prototype, 'commit', async function (this: TransactionalProducer) {
      await original.call(this);
      throw new Error('killed');
    });
    await assert.rejects(write(owner, 'third', 30));
    await takeOver();
    const all = ['first', 'third'];
    assert.deepEqual(await found(), [all, all, { offset: 30, metadata: 'third' }]);
  });
});

/** Of a membership that these tests have no use for. */
function never(): Promise<never> {
  return Promise.reject(new Error('not to be called'));
}
