import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiFixture } from '../../support/api-fixture.js';
import { until } from '../../support/until.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] };
}

interface Operation {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What has broken others. */
const HOSTILE = [
  ...["'", "' OR '1'='1", "'; DROP TABLE tactus.events; --", '%27%20OR%201=1', '\\', '$1', '{{x}}'],
  ...[
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '/etc/passwd',
    'file:///etc/passwd',
    '%00',
    '\u0000',
  ],
  ...[
    '\ud800',
    '💥',
    'a'.repeat(5_000),
    '-1',
    '1e309',
    'NaN',
    'null',
    '[]',
    '{"$gt":""}',
    '(a+)+$',
    '<script>',
  ],
  ...['now-99999999999d', '+999999-01-01', '0001-01-01', '1e300ms', '0s', '*', '%', '_', '=', 'a=', '=b'],
];

describe('an API that is asked by somebody hostile', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const marker = `marker-${randomUUID()}`;
  let api: ApiFixture;
  let key = '';
  let operations: Operation[] = [];

  before(async () => {
    api = await ApiFixture.start('api-hostile');
    await api.pool.query(
      `INSERT INTO tactus.events (time, tenant_id, type, id, attributes) VALUES (now(), $1, $1, $1, jsonb_build_object('x', $1::text))`,
      [marker],
    );
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id) VALUES (now(), $1, $1, jsonb_build_object('x', $1::text), 1, $1)`,
      [marker],
    );
    key = await api.key(own, 'read');
    await until('the key to be known', async () => (await api.ask(key, '/api/v1/metrics')).status === 200);
    const { body } = await api.ask(null, '/openapi.json');
    operations = Object.entries(
      body.paths as Record<string, Record<string, Omit<Operation, 'path'>>>,
    ).flatMap(([path, { get }]) =>
      get === undefined ? [] : [{ ...get, path, parameters: get.parameters ?? [] }],
    );
  });

  after(async () => {
    await api.stop();
  });

  it('answers as it is described, without a fault, and shows nothing of another tenant', async () => {
    assert.ok(operations.length >= 7);
    const text = fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(own, marker, 'plays', '2026-01-01', 'now-1h', '10', '1m'),
    );
    const request = fc.constantFrom(...operations).chain((operation) => {
      const values = Object.fromEntries(
        operation.parameters.map(({ name, schema }) => [
          name,
          fc.option(fc.oneof(text, ...(schema.enum === undefined ? [] : [fc.constantFrom(...schema.enum)]))),
        ]),
      );
      return fc.record({ operation: fc.constant(operation), values: fc.record(values) });
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ operation, values }) => {
        let { path } = operation;
        const query = new URLSearchParams();
        for (const { name, in: where } of operation.parameters) {
          const value = (values as Record<string, string | null>)[name] ?? null;
          if (where === 'path')
            path = path.replace(`{${name}}`, encodeURIComponent((value ?? own).toWellFormed()));
          else if (where === 'query' && value !== null) query.set(name, value);
        }
        const { status, body } = await api.ask(key, `${path}?${query}`);
        const shown = `${path}?${query} gave ${status} ${JSON.stringify(body).slice(0, 300)}`;
        assert.ok(status < 500, shown);
        const documented = [String(status), `${String(status)[0]}XX`];
        assert.ok(
          documented.some((one) => one in operation.responses),
          shown,
        );
        if (status < 300) assert.doesNotMatch(JSON.stringify(body), new RegExp(marker), shown);
      }),
      { numRuns: 400, endOnFailure: true },
    );
  });
});
