import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Partitioners } from 'kafkajs';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

describe('a worker with a changelog', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('restore'));
  const workers: WorkerProcess[] = [];
  const start = () => {
    const worker = new WorkerProcess('anomaly', { ...servers, TOPIC_PREFIX: client.prefix });
    workers.push(worker);
    return worker;
  };

  after(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });

  it('says how much of it is to be read, and is not ready before it is read', async () => {
    assert.equal(await (await start().ready()).stop(), 0);
    const producer = client.kafka.producer({
      transactionalId: `${client.prefix}somebody`,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const messages = [{ key: 'undecided', value: 'x', partition: 0 }];
    await transaction.send({ topic: `${client.prefix}state.anomaly`, messages });

    const worker = start();
    const left = () => worker.metric('tactus_restore_remaining_records');
    await until('the restore to begin', async () => (await left()) === 1);
    await until('the other partitions to be open', async () => {
      const { reasons } = (await (await fetch(`${await worker.address()}/readyz`)).json()) as {
        reasons: string[];
      };
      return reasons.length === 1 && reasons[0] === `${client.prefix}windows[0] is being opened`;
    });
    await transaction.abort();
    await producer.disconnect();
    await worker.ready();
    assert.equal(await left(), 0);
  });
});
