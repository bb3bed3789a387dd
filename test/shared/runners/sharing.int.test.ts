import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

describe('two instances of a worker', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('share');
  const client = new PlainClient(servers, prefix);
  const env = { ...servers, TOPIC_PREFIX: prefix };
  const workers: WorkerProcess[] = [];
  const start = (name: string) => {
    const worker = new WorkerProcess(name, env);
    workers.push(worker);
    return worker.ready();
  };

  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  it('share the partitions, and one takes over when the other is killed', async () => {
    const encode = await client.encoder('ingest.metrics');
    const first = await start('ingest');
    const second = await start('ingest');
    const follower = await client.follow<PlainPoint>('metrics');
    let sent = 0;
    const send = async (count: number) => {
      const messages = Array.from({ length: count }, () => {
        const number = sent++;
        const own = { metric: `m${number % 50}`, timestamp: Date.now(), id: String(number) };
        return { key: `t|${own.metric}`, value: encode(pointOf(own)) };
      });
      await client.produce('ingest.metrics', messages);
      await follower.wait(sent);
    };
    const took = (worker: WorkerProcess) =>
      worker.metric('tactus_records_received_total', { topic: 'ingest.metrics' });

    await until('both to have taken some', async () => {
      await send(200);
      return (await took(first)) > 0 && (await took(second)) > 0;
    });
    second.kill('SIGKILL');
    await second.exited;
    await send(1_000);
    const ids = follower.values.map(({ id }) => id);
    assert.equal(new Set(ids).size, sent);
    assert.equal(ids.length, sent, 'an id came twice');
    await follower.close();
  });
});
