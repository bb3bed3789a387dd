import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { OldTransactions } from '../../support/old-transactions.js';
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

  /** A transaction of one partition, whose end is another's matter. */
  const write = async (old: OldTransactions, partition: number, values: Buffer[], next: number) => {
    const messages = values.map((value) => ({ key: 't|m', value }));
    await old.write(`${prefix}metrics`, partition, messages);
    await old.writeOffset(0, JSON.stringify({ v: 1, next }));
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
    const killed: OldTransactions[] = [];
    for (let p = 0; p < PARTITIONS; p++) {
      const values = messages.filter(({ partition }) => partition === p).map(({ value }) => value);
      const input = { groupId: `${prefix}ingest`, topic: `${prefix}ingest.metrics`, partition: p };
      const old = await OldTransactions.open(client.kafka, input);
      killed.push(old);
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
