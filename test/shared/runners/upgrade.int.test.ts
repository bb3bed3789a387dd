import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openCluster } from '../../../shared/adapters/kafka/internals.js';
import { TransactionalProducer } from '../../../shared/adapters/kafka/produce/transaction.js';
import { RecordSet } from '../../../shared/adapters/kafka/protocol/record-set.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { WorkerProcess } from '../../support/worker-process.js';

const PARTITIONS = 4;
/** Of each partition the build before has committed so many points, and written as many again. */
const DONE = 20;

describe('the build before', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('upgrade'));
  const { prefix } = client;
  const workers: WorkerProcess[] = [];
  const start = () => {
    // Without an id of its own, each process has a new one.
    const worker = new WorkerProcess('ingest', { ...servers, TOPIC_PREFIX: prefix });
    workers.push(worker);
    return worker.ready();
  };

  after(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });

  /** One transaction of one partition, as it was with a transactional id for each; its end is another's matter. */
  const write = async (old: TransactionalProducer, partition: number, values: Buffer[], next: number) => {
    const [groupId, topic] = [`${prefix}ingest`, `${prefix}ingest.metrics`];
    const set = new RecordSet();
    const key = Buffer.from('t|m');
    for (const value of values) set.append(key, 0, key.length, value, 0, value.length, null, 0, 0);
    await old.enlistGroup(groupId);
    await old.write([{ topic: `${prefix}metrics`, partition, set }]);
    const metadata = JSON.stringify({ v: 1, next });
    await old.writeOffset(groupId, { topic, partition, offset: 0, metadata });
  };

  it('is killed in mid-commit, and so is its successor: each point comes through once', async () => {
    assert.equal(await (await start()).stop(), 0, 'the topics are there');
    const encode = await client.encoder('ingest.metrics');
    let sent = 0;
    const send = async (count: number) => {
      const messages = Array.from({ length: count }, (_, i) => ({
        ...{ key: 't|m', partition: i % PARTITIONS },
        value: encode(pointOf({ id: String(sent++), timestamp: Date.now() })),
      }));
      await client.produce('ingest.metrics', messages);
      return messages;
    };
    const messages = await send(PARTITIONS * DONE * 3);
    const killed: TransactionalProducer[] = [];
    for (let p = 0; p < PARTITIONS; p++) {
      const values = messages.filter(({ partition }) => partition === p).map(({ value }) => value);
      const old = new TransactionalProducer(
        openCluster(client.kafka),
        `${prefix}ingest-${prefix}ingest.metrics-${p}`,
      );
      killed.push(old);
      await old.open();
      await old.partitions(`${prefix}metrics`);
      await write(old, p, values.slice(0, DONE), DONE);
      await old.commit();
      await write(old, p, values.slice(DONE, 2 * DONE), 2 * DONE);
    }

    const successor = await start();
    for (const old of killed) await assert.rejects(old.commit(), 'it is no longer the owner');
    await send(400);
    successor.kill('SIGKILL');
    await successor.exited;
    await send(400);
    await start();
    const follower = await client.follow<PlainPoint>('metrics');
    await follower.wait(sent);
    await send(4);
    await follower.wait(sent);
    const ids = follower.values.map(({ id }) => id);
    assert.deepEqual([new Set(ids).size, ids.length], [sent, sent]);
    await follower.close();
    await Promise.all(killed.map((old) => old.close()));
  });
});
