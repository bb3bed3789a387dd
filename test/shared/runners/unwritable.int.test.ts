import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainLetter, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { limitTopic } from '../../support/topics.js';
import { WorkerProcess } from '../../support/worker-process.js';

/** Of `metrics` and then of `dlq`: less than a large point has, and more than its letter without it. */
const LIMIT_BYTES = 10_000;

describe('a record that is too large for the topic that it is to go to', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('unwritable');
  const client = new PlainClient(servers, prefix);
  let ingest: WorkerProcess;

  before(async () => {
    ingest = await new WorkerProcess('ingest', { ...servers, TOPIC_PREFIX: prefix }).ready();
  });
  after(() => ingest.stop());

  const limit = async (name: string) => {
    const admin = client.kafka.admin();
    await admin.connect();
    await limitTopic(admin, prefix + name, LIMIT_BYTES);
    await admin.disconnect();
  };
  const tags = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`tag${i}`, 'x'.repeat(250)]));

  it('becomes a dead letter with its origin, and its partition goes on', async () => {
    const encode = await client.encoder('ingest.metrics');
    let sent = 0;
    const point = (own: object) => encode(pointOf({ timestamp: Date.now(), id: String(sent++), ...own }));
    const headers = { trace: Buffer.from('t') };
    const send = (...values: Buffer[]) =>
      client.produce(
        'ingest.metrics',
        values.map((value) => ({ key: 'mine', partition: 2, value, headers })),
      );
    const metrics = await client.follow<PlainPoint>('metrics');
    const letters = await client.follow<PlainLetter>('dlq');
    await limit('metrics');
    const large = [point({ tags }), point({ tags })] as const;
    await send(point({}), large[0], point({}), large[1], ...Array.from({ length: 500 }, () => point({})));
    await metrics.wait(502);
    await letters.wait(2);
    assert.deepEqual(
      letters.values.map(({ topic, partition, offset, key }) => [topic, partition, offset, String(key)]),
      [1, 3].map((offset) => [`${prefix}ingest.metrics`, 2, offset, 'mine']),
    );
    for (const [i, letter] of letters.values.entries()) {
      assert.ok(letter.value?.equals(large[i] as Buffer));
      assert.deepEqual(letter.headers, headers);
      assert.equal(letter.error, 'TACTUS_RECORD_UNWRITABLE');
      assert.match(letter.message, /metrics\[\d\]: MESSAGE_TOO_LARGE \(10\); the value has 15\d\d\d bytes$/);
    }

    await limit('dlq');
    await send(point({ tags }), point({}));
    await metrics.wait(503);
    const third = (await letters.wait(3))[2]?.value;
    assert.deepEqual([third?.offset, third?.value, third?.headers], [504, null, {}]);
    assert.match(third?.message ?? '', /MESSAGE_TOO_LARGE .*; the record has a value of 15\d\d\d bytes, /);
    assert.ok(await ingest.isReady());
    assert.equal(
      await ingest.metric('tactus_records_refused_total', { code: 'TACTUS_RECORD_UNWRITABLE' }),
      3,
    );
    const restored = ingest.output.split('\n').filter((line) => line.includes('"event":"restored"'));
    assert.equal(restored.filter((line) => line.includes('ingest.metrics[2]')).length, 1);
    await Promise.all([metrics.close(), letters.close()]);
  });
});
