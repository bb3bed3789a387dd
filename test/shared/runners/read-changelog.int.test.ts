import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Partitioners, type Transaction } from 'kafkajs';
import { latestOf, readChangelog } from '../../../shared/runners/read-changelog.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { sharedServers } from '../../support/servers.js';
import { createTopic } from '../../support/topics.js';
import { until } from '../../support/until.js';
import { type Reading, startReading } from '../adapters/kafka/reading.js';

describe('reading a changelog', { timeout: 240_000 }, () => {
  const prefix = ownPrefix('changelog');
  const signal = new AbortController().signal;
  let reading: Reading;

  /** Messages of one transaction, which the caller ends. */
  const write = async (topic: string, id: string, entries: [string, string | null][]) => {
    const producer = reading.plain.producer({
      transactionalId: prefix + id,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const transaction: Transaction = await producer.transaction();
    await transaction.send({ topic, messages: entries.map(([key, value]) => ({ key, value })) });
    return async (how: 'commit' | 'abort') => {
      await transaction[how]();
      await producer.disconnect();
    };
  };
  const create = async (name: string) => {
    const topic = prefix + name;
    await createTopic(reading.admin, { topic, numPartitions: 1 });
    return topic;
  };

  before(async () => {
    reading = await startReading(sharedServers());
  });

  after(() => reading.close());

  it('gives the latest value of each key, and says how far it is', async () => {
    const topic = await create('latest');
    await (
      await write(topic, 'one', [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ])
    )('commit');
    await (await write(topic, 'one', [['a', 'never']]))('abort');
    await (
      await write(topic, 'one', [
        ['b', null],
        ['c', '2'],
      ])
    )('commit');
    const left: number[] = [];
    const onRemaining = (records: number) => void left.push(records);
    const latest = await latestOf({ ...reading, topic, partition: 0, signal, onRemaining });
    assert.deepEqual(
      [...latest].map(([key, value]) => [key, value.toString()]),
      [
        ['a', '1'],
        ['c', '2'],
      ],
    );
    // The last marker may still be on its way.
    assert.ok((left[0] ?? 0) >= 8, 'six entries and three markers');
    assert.equal(left.at(-1), 0);
  });

  it('waits for what stands behind the open transaction of another writer', async () => {
    const topic = await create('open');
    const end = await write(topic, 'other', [['other', 'undecided']]);
    await (await write(topic, 'own', [['own', 'committed']]))('commit');
    const taken: string[] = [];
    let left = Number.POSITIVE_INFINITY;
    const onRemaining = (records: number) => {
      left = records;
    };
    const done = readChangelog({ ...reading, topic, partition: 0, signal, onRemaining }, ({ key }) => {
      taken.push(key);
    });
    await until('the reading to begin', () => Number.isFinite(left));
    assert.ok(left > 0);
    await end('abort');
    await done;
    assert.deepEqual(taken, ['own']);
  });
});
