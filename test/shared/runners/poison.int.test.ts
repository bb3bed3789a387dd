import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainLetter, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { sharedServers } from '../../support/servers.js';
import { WorkerProcess } from '../../support/worker-process.js';

describe('a poison record of each kind', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('poison');
  const client = new PlainClient(servers, prefix);
  let ingest: WorkerProcess;

  before(async () => {
    ingest = await new WorkerProcess('ingest', { ...servers, TOPIC_PREFIX: prefix }).ready();
  });

  after(async () => {
    await ingest.stop();
  });

  it('ends in dlq with its bytes, origin and reason, and holds up nothing', async () => {
    const encode = await client.encoder('ingest.metrics');
    const point = pointOf({ timestamp: Date.now(), id: 'good' });
    const good = encode(point);
    const poison: [code: string, value: Buffer | null][] = [
      ['TACTUS_RECORD_BAD_MAGIC', Buffer.concat([Buffer.from([1]), good.subarray(1)])],
      ['TACTUS_RECORD_BAD_MAGIC', Buffer.from('hi')],
      ['TACTUS_RECORD_UNKNOWN_SCHEMA', Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 1]), good.subarray(5)])],
      ['TACTUS_RECORD_UNDECODABLE', good.subarray(0, good.length - 5)],
      ['TACTUS_RECORD_UNDECODABLE', Buffer.concat([good, Buffer.from([0])])],
      ['TACTUS_VALUE_NOT_FINITE', encode({ ...point, value: Number.NaN })],
      ['TACTUS_FIELD_EMPTY', encode({ ...point, tenantId: '' })],
      ['TACTUS_RECORD_TOO_LARGE', Buffer.alloc(10_000_000, 7)],
      ['TACTUS_RECORD_TOO_LARGE', Buffer.alloc(10_000_000, 8)],
      ['TACTUS_RECORD_EMPTY', null],
    ];
    const metrics = await client.follow<PlainPoint>('metrics');
    const letters = await client.follow<PlainLetter>('dlq');
    for (const [, value] of poison)
      await client.produce('ingest.metrics', [{ key: 'poison', value, partition: 2 }]);
    await client.produce('ingest.metrics', [{ key: 'poison', value: good, partition: 2 }]);

    await metrics.wait(1);
    await letters.wait(poison.length);
    assert.equal(metrics.values[0]?.id, 'good');
    const found = [...letters.values].sort((a, b) => a.offset - b.offset);
    assert.deepEqual(
      found.map(({ error }) => error),
      poison.map(([code]) => code),
    );
    found.forEach((letter, i) => {
      const sent = poison[i]?.[1] ?? null;
      assert.ok(sent === null ? letter.value === null : sent.equals(letter.value as Buffer));
      assert.deepEqual(
        [letter.topic, letter.partition, letter.offset, String(letter.key), letter.worker],
        [`${prefix}ingest.metrics`, 2, i, 'poison', 'ingest'],
      );
      assert.ok(letter.message.length > 10);
    });
    await Promise.all([metrics.close(), letters.close()]);
    assert.equal(await ingest.metric('tactus_records_refused_total'), poison.length);
  });
});
