import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { PARTITIONS, sharedServers } from '../../support/servers.js';
import { createTopic } from '../../support/topics.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

interface WindowRecord {
  readonly window: string;
  readonly start: number;
  readonly count: number;
}

const TEN_SECONDS = 10_000;

describe('a topic that is deleted and created anew', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('recreated');
  const client = new PlainClient(servers, prefix);
  const admin = client.kafka.admin();
  let worker: WorkerProcess;

  after(async () => {
    await worker?.stop();
    await admin.disconnect();
  });

  /** Only points move its time on. */
  const start = async () => {
    const env = { ...servers, TOPIC_PREFIX: prefix, TACTUS_IDLE_TIMEOUT_MS: '600000' };
    worker = await new WorkerProcess('windowing', env).ready();
  };

  it('is read from its beginning by the worker that has read the one before', async () => {
    await start();
    await admin.connect();
    const encode = await client.encoder('metrics');
    const windows = await client.follow<WindowRecord>('windows');
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
    const send = (...times: number[]) =>
      client.produce(
        'metrics',
        times.map((at) => ({
          ...{ key: 't|m', partition: 0 },
          value: encode(pointOf({ metric: 'm', timestamp: base + at, id: `m${at}` })),
        })),
      );
    const tens = () =>
      windows.values
        .filter(({ window }) => window === '10s')
        .map(({ start, count }) => [(start - base) / TEN_SECONDS, count])
        .sort((a, b) => (a[0] as number) - (b[0] as number));
    const closed = (...wanted: number[][]) =>
      until('the windows', () => {
        if (tens().length < wanted.length) return false;
        assert.deepEqual(tens(), wanted);
        return true;
      });

    await send(1_000, 2_000, 3_000, 11_000, 90_000);
    await closed([0, 3], [1, 1]);

    const topic = `${prefix}metrics`;
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
    await createTopic(admin, { topic, numPartitions: Number(PARTITIONS.TACTUS_PARTITIONS) });
    // As many as the worker had read of the other one, and more.
    await send(600_000, 601_000, 602_000, 603_000, 604_000, 605_000, 611_000, 900_000);
    await closed([0, 3], [1, 1], [60, 6], [61, 1]);
    await worker.ready();

    // Goes on from there.
    worker.kill('SIGKILL');
    await worker.exited;
    await start();
    await send(1_200_000);
    await closed([0, 3], [1, 1], [60, 6], [61, 1], [90, 1]);
    await windows.close();
  });
});
