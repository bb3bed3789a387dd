import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GatewayFixture } from '../../support/gateway-fixture.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';

interface PlainEvent {
  readonly id: string;
  readonly type: string;
  readonly tenantId: string;
  readonly subjectId: string | null;
  readonly attributes: Record<string, unknown>;
}

describe('the gateway', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('gateway');
  const client = new PlainClient(servers, prefix);
  let gateway: GatewayFixture;

  before(async () => {
    gateway = await GatewayFixture.start({ ...servers, TOPIC_PREFIX: prefix });
  });

  after(async () => {
    await gateway.stop();
  });

  it('answers when Kafka has the points of a JSON array', async () => {
    const now = Date.now();
    const points = [
      { name: 'orders', value: 1.5, tags: { shop: 'a' }, timestamp: now, id: 'one', unit: 'items' },
      { metric: 'orders', value: 2, tags: { shop: 'b' }, timestamp: new Date(now).toISOString() },
      { metric: '', value: 3 },
      { metric: 'orders', value: 'many' },
      { metric: 'orders', value: 9, id: 'one' },
    ];
    const response = await gateway.post('/api/v1/metrics', JSON.stringify(points));
    assert.equal(response.status, 200);
    const answer = (await response.json()) as { rejected: { index: number; code: string }[] };
    assert.deepEqual(
      { ...answer, rejected: answer.rejected.map(({ index, code }) => [index, code]) },
      {
        accepted: 2,
        duplicates: 1,
        rejected: [
          [2, 'TACTUS_FIELD_EMPTY'],
          [3, 'TACTUS_FIELD_INVALID'],
        ],
      },
    );
    const reader = await client.follow<PlainPoint>('ingest.metrics');
    const records = [...(await reader.wait(2))].sort((a, b) => a.value.value - b.value.value);
    await reader.close();
    const common = {
      tenantId: 'acme',
      metric: 'orders',
      source: 'node',
      kind: 'gauge',
      startTimestamp: null,
    };
    assert.equal(records[0]?.key, 'acme|orders');
    const [first, second] = records.map(({ value }) => ({ ...value }));
    assert.deepEqual(first, {
      ...{ ...common, tags: { shop: 'a' }, timestamp: now, value: 1.5, id: 'one', unit: 'items' },
    });
    assert.match(second?.id ?? '', new RegExp(`^[\\w-]{22}${now}$`));
  });

  it('takes events, and lines', async () => {
    const lines = '{"type":"login","subjectId":7,"attributes":{"ok":true,"n":3}}\n{"type":"login"\n';
    const response = await gateway.post('/api/v1/events', lines, { 'content-type': 'application/x-ndjson' });
    assert.equal(response.status, 200);
    const { accepted, rejected } = (await response.json()) as { accepted: number; rejected: unknown[] };
    assert.deepEqual([accepted, rejected.length], [1, 1]);
    const reader = await client.follow<PlainEvent>('ingest.events');
    const [record] = await reader.wait(1);
    await reader.close();
    assert.equal(record?.key, 'acme|login');
    assert.equal(record?.value.subjectId, '7');
    assert.equal(JSON.stringify(record?.value.attributes), '{"ok":{"boolean":true},"n":{"long":3}}');
  });
});
