import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiFixture } from '../../support/api-fixture.js';
import { until } from '../../support/until.js';
import { hostileRequest, type Operation, operationsOf } from './hostile-requests.js';

/** Queries are cut off earlier; a hash of a password and a slow machine have their time too. */
const MAX_MS = 20_000;

describe('an API that is asked by somebody hostile', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const other = `other-${randomUUID()}`;
  /** In all that is of the other tenant, and in no request. */
  const marker = `marker-${randomUUID()}`;
  let api: ApiFixture;
  let operations: Operation[] = [];
  const keys = { own: '', other: '' };

  before(async () => {
    api = await ApiFixture.start('api-hostile');
    await api.pool.query(
      `INSERT INTO tactus.events (time, tenant_id, type, id, attributes) VALUES (now(), $1, $2, $2, jsonb_build_object('x', $2::text))`,
      [other, marker],
    );
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id) VALUES (now(), $1, $2, jsonb_build_object('x', $2::text), 1, $2)`,
      [other, marker],
    );
    [keys.own, keys.other] = await Promise.all([api.key(own, 'admin'), api.key(other, 'admin')]);
    await until('the keys to be known', async () => {
      const answers = await Promise.all(Object.values(keys).map((key) => api.ask(key, '/api/v1/metrics')));
      return answers.every(({ status }) => status === 200);
    });
    const post = (path: string, body: object) =>
      api.ask(keys.other, `/api/v1/${path}`, { method: 'POST', body });
    await post('dashboards', { id: 'checkout', title: marker, spec: {} });
    await post('silences', { matchers: ['host="web-1"'], for: '1h', comment: marker });
    await post('rules', { name: 'Slow', window: '10s', metric: marker, expr: 'mean > 300.0' });
    // Its answer does not end.
    operations = operationsOf((await api.ask(null, '/openapi.json')).body).filter(
      ({ operationId }) => operationId !== 'stream',
    );
  });

  after(async () => {
    await api.stop();
  });

  /** All that the other tenant has. */
  const heldByOther = () =>
    Promise.all(
      ['metrics', 'events', 'dashboards', 'silences', 'rules', 'keys', 'alerts', 'users'].map(
        async (path) => (await api.ask(keys.other, `/api/v1/${path}`)).body.items,
      ),
    );

  it('answers as it is described, in time and without a fault, and neither shows nor changes what is of another tenant', async () => {
    assert.ok(operations.length >= 70);
    const before = await heldByOther();
    assert.ok(JSON.stringify(before).includes(marker));
    const request = hostileRequest(operations, own, [
      other,
      'checkout',
      'Slow',
      'latency',
      'now-1h',
      '10',
      '1m',
    ]);
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, path, headers, body }) => {
        const began = performance.now();
        const [type = ''] = Object.keys(operation.requestBody?.content ?? {});
        const answer = await fetch(`${api.url}${path}`, {
          ...{ method: operation.method, redirect: 'manual', body },
          headers: {
            ...headers,
            authorization: `Bearer ${keys.own}`,
            ...(body !== null && { 'content-type': type }),
          },
        });
        const [text, { status }] = [await answer.text(), answer];
        const shown = `${operation.method} ${path.slice(0, 500)} ${body?.slice(0, 500)} gave ${status} ${text.slice(0, 300)}`;
        assert.ok(status < 500, shown);
        assert.ok(String(status) in operation.responses, shown);
        assert.ok(performance.now() - began < MAX_MS, `after ${performance.now() - began} ms: ${shown}`);
        assert.equal(answer.headers.get('set-cookie')?.includes('a=b') ?? false, false, shown);
        assert.ok(!text.includes(marker), shown);
      }),
      { numRuns: 500, endOnFailure: true },
    );
    assert.deepEqual(await heldByOther(), before);
  });
});
