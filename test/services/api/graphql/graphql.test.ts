import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { getIntrospectionQuery, parse, validate } from 'graphql';
import type { AlertControl } from '../../../../schemas/types.js';
import { Readme } from '../../../support/readme.js';
import { until } from '../../../support/until.js';
import { keptSchema } from './documents.js';
import { type Query, servingGraphql } from './serving.js';

async function serving(t: TestContext, ...options: Parameters<typeof servingGraphql>) {
  const served = await servingGraphql(...options);
  t.after(() => served.app.close());
  return served;
}

const alertRow = (n: number) => ({
  ...{ fingerprint: `f${n}`, rule: 'Hot', tenantId: 't', state: 'firing', severity: 'warning' },
  ...{ labels: { host: `h${n}` }, annotations: {}, value: n, startsAt: new Date(n), endsAt: null },
  updatedAt: new Date(n),
});

describe('a request to /graphql', () => {
  it('reads nested fields of all objects of a list in one query', async (t) => {
    const rows = ({ sql }: Query) =>
      /row_number/.test(sql) ? [alertRow(3), alertRow(3), alertRow(1)] : [1, 2, 3].map(alertRow);
    const { ask, state } = await serving(t, rows);
    const { data, errors } = (
      await ask('{ alerts { items { fingerprint occurrences(limit: 2) { value } } } }')
    ).body;
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.deepEqual(
      data.alerts.items.map((one: { occurrences: unknown[] }) => one.occurrences.length),
      [1, 0, 2],
    );
    assert.equal(state.queries.length, 2);
    assert.deepEqual(state.queries[1]?.values, [['f1', 'f2', 'f3'], 2, 10_001]);
  });

  it('looks at silences once for all alerts, whatever their matchers', async (t) => {
    const { ask, state } = await serving(t, () => [1, 2, 3].map(alertRow));
    const silence = (id: string, matcher: string): AlertControl => ({
      ...{ id, kind: 'silence', matchers: [matcher], author: 'a', comment: '', tenantId: 't' },
      ...{ createdAt: 0, startsAt: 0, endsAt: Date.now() + 3_600_000 },
    });
    state.controls = [
      silence('two', 'host=~"h[2-9]"'),
      silence('bad', 'host=~"["'),
      silence('all', 'host!=""'),
    ];
    const { data } = (await ask('{ alerts { items { silences { id } few: silences(limit: 1) { id } } } }'))
      .body;
    const ids = (all: { id: string }[]) => all.map(({ id }) => id);
    assert.deepEqual(
      data.alerts.items.map((one: { silences: { id: string }[]; few: { id: string }[] }) => [
        ids(one.silences),
        ids(one.few),
      ]),
      [
        [['all'], ['all']],
        [['all', 'two'], ['all']],
        [['all', 'two'], ['all']],
      ],
    );
    assert.equal(state.lookedAt, 1);
  });

  it('reads the anomalies of all series in one query', async (t) => {
    const series = ['a', 'b'].map((host) => ({ tags: { host }, lastSeen: new Date(0) }));
    const anomaly = { of: 2, id: 'x', start: new Date(1), end: new Date(2), detectedAt: new Date(3) };
    const rows = ({ sql }: Query) => (/tactus_tenant.anomalies/.test(sql) ? [anomaly] : series);
    const { ask, state } = await serving(t, rows);
    const { data } = (
      await ask('{ series(metric: "m") { series { tags anomalies(from: "now-2h") { id } } } }')
    ).body;
    assert.deepEqual(data.series.series, [
      { tags: { host: 'a' }, anomalies: [] },
      { tags: { host: 'b' }, anomalies: [{ id: 'x' }] },
    ]);
    assert.equal(state.queries.length, 2);
    assert.deepEqual(state.queries[1]?.values.slice(0, 2), [
      ['m', 'm'],
      ['{"host":"a"}', '{"host":"b"}'],
    ]);
  });

  it('has no more objects in nested fields than it may cost, however many series there are', async (t) => {
    const series = Array.from({ length: 10 }, (_, i) => ({ tags: { host: `h${i}` }, lastSeen: new Date(0) }));
    const time = new Date(1);
    const rows = ({ sql, values }: Query) => {
      if (!/tactus_tenant.anomalies/.test(sql)) return series;
      const [limit, most] = values.slice(-2).map(Number);
      const anomaly = (i: number) => ({ of: i + 1, id: 'x', start: time, end: time, detectedAt: time });
      return series.flatMap((_, i) => new Array(limit).fill(anomaly(i))).slice(0, most);
    };
    const { ask } = await serving(t, rows, { TACTUS_API_GRAPHQL_MAX_COST: '200' });
    const asked = async (fields: string) => {
      const { data, errors = [] } = (await ask(`{ series(metric: "m") { series { ${fields} } } }`)).body;
      return {
        answered: data.series.series,
        codes: new Set(errors.map(({ extensions }) => extensions.code)),
      };
    };
    const fitting = await asked('anomalies(limit: 20) { id }');
    assert.equal(fitting.codes.size, 0);
    assert.equal(fitting.answered[9].anomalies.length, 20);
    const tooMany = await asked('anomalies(limit: 21) { id }');
    assert.deepEqual([...tooMany.codes], ['TACTUS_QUERY_TOO_LARGE']);
    assert.equal(tooMany.answered[0].anomalies, null);
    const twice = await asked('a: anomalies(limit: 12) { id } b: anomalies(limit: 12) { id }');
    assert.deepEqual([...twice.codes], ['TACTUS_QUERY_TOO_LARGE']);
  });

  it('makes four reads at once, however many it has', async (t) => {
    const waiting: (() => void)[] = [];
    const { ask, state } = await serving(t, async () => {
      await new Promise<void>((go) => waiting.push(go));
      return [];
    });
    const text = Array.from({ length: 10 }, (_, i) => `m${i}: metrics { nextCursor }`).join(' ');
    const answer = ask(`{ ${text} }`);
    for (let answered = 0; answered < 10; answered += 1) {
      await until('a read', () => waiting.length > 0);
      waiting.shift()?.();
    }
    assert.equal(Object.keys((await answer).body.data).length, 10);
    assert.equal(state.mostAtOnce, 4);
  });

  it('is refused with code and status, each field for itself', async (t) => {
    const { ask, state } = await serving(t);
    const { status, body } = await ask('{ metrics(from: "yesterday") { nextCursor } }');
    assert.equal(status, 200);
    assert.deepEqual(
      body.errors?.map(({ extensions }) => extensions),
      [{ code: 'TACTUS_REQUEST_INVALID', status: 400 }],
    );
    assert.match(body.errors?.[0]?.message ?? '', /from: must be ISO 8601/);
    for (const [text, code, of] of [
      ['{ metrics(limit: 0) { nextCursor } }', 'TACTUS_REQUEST_INVALID', 400],
      ['{ alert(id: "x") { __typename } }', 'TACTUS_NOT_FOUND', 404],
      ['{ metrics(tenantId: "other") { nextCursor } }', 'TACTUS_NOT_ALLOWED', 403],
      ['mutation { endSilence(id: "x") }', 'TACTUS_NOT_ALLOWED', 403],
      ['{ nothing }', 'TACTUS_REQUEST_INVALID', 400],
      ['{ metrics {', 'TACTUS_REQUEST_INVALID', 400],
      [`{ ${'a:'.repeat(3)} }`, 'TACTUS_REQUEST_INVALID', 400],
      [`{ alerts { items { ${'rule '.repeat(3_000)} } } }`, 'TACTUS_REQUEST_INVALID', 400],
      [`{ metrics { nextCursor } } # ${'x'.repeat(40_000)}`, 'TACTUS_QUERY_TOO_LARGE', 400],
    ] as const) {
      const { errors } = (await ask(text)).body;
      assert.deepEqual(
        errors?.[0]?.extensions,
        { code, status: of },
        `${text.slice(0, 60)}: ${JSON.stringify(errors)}`,
      );
    }
    state.rights.push('operate');
    const { errors } = (await ask('mutation { endSilence(id: "x") }')).body;
    assert.equal(errors?.[0]?.extensions.code, 'TACTUS_NOT_FOUND');
  });

  it('is not sent what went wrong inside', async (t) => {
    const { ask, state, counted } = await serving(t, () => {
      throw new Error('password=hunter2');
    });
    const { body } = await ask('{ metrics { nextCursor } }');
    assert.deepEqual(body.errors?.[0]?.extensions, { code: 'TACTUS_INVARIANT', status: 500 });
    assert.deepEqual(body.data, { metrics: null });
    assert.doesNotMatch(JSON.stringify(body), /hunter2/);
    assert.equal(state.failed, 1);
    assert.ok(await counted('tactus_api_graphql_errors_total{status="5xx"} 1'));
    assert.ok(await counted('tactus_api_graphql_operations_total{operation="query"} 1'));
  });

  it('counts and logs a read that fails once, however many objects it was for', async (t) => {
    const { ask, state, counted } = await serving(t, ({ sql }) => {
      if (/row_number/.test(sql)) throw new Error('gone');
      return [1, 2, 3].map(alertRow);
    });
    const { errors } = (await ask('{ alerts { items { occurrences { value } } } }')).body;
    assert.equal(errors?.length, 3);
    assert.equal(state.failed, 1);
    assert.ok(await counted('tactus_api_graphql_errors_total{status="5xx"} 1'));
  });

  it('is one document of JSON, posted', async (t) => {
    const { post, url } = await serving(t);
    assert.equal((await post([{ query: '{ metrics { nextCursor } }' }])).status, 400, 'batches');
    assert.equal((await post({})).status, 400);
    const deep = `{"query": "{ __typename }", "variables": {"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    const json = { authorization: 'Bearer k', 'content-type': 'application/json' };
    assert.equal((await fetch(url, { method: 'POST', headers: json, body: deep })).status, 400);
    const send = (init: RequestInit) => fetch(url, { headers: { authorization: 'Bearer k' }, ...init });
    const get = await fetch(`${url}?query={__typename}`, { headers: { authorization: 'Bearer k' } });
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/graphql',
    ]) {
      const headers = { authorization: 'Bearer k', 'content-type': type };
      const { status } = await send({ method: 'POST', headers, body: '{ __typename }' });
      assert.ok(status === 400 || status === 415, `${type}: ${status}`);
    }
  });

  it('is as its page shows it', () => {
    const documents = new Readme('services/api/graphql/README.md').code('graphql');
    assert.equal(documents.length, 1);
    for (const document of documents) assert.deepEqual(validate(keptSchema(), parse(document)), []);
  });

  it('may ask what there is to ask', async (t) => {
    const { ask } = await serving(t);
    const { body } = await ask(getIntrospectionQuery());
    assert.ok(body.data.__schema.types.some(({ name }: { name: string }) => name === 'Alert'));
  });

  it('leaves no read behind when its client goes', async (t) => {
    const aborted = Promise.withResolvers<void>();
    const { url, state } = await serving(t, async ({ gone }) => {
      gone.addEventListener('abort', () => aborted.resolve());
      await aborted.promise;
      return [];
    });
    const body = JSON.stringify({ query: '{ metrics { nextCursor } }' });
    const head = `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\n`;
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
    await until('the read', () => state.queries.length === 1);
    socket.destroy();
    await aborted.promise;
  });
});
