import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ApiFixture } from '../../../support/api-fixture.js';
import { until } from '../../../support/until.js';

const run = promisify(execFile);
/** Of the last hours, so that no retention takes them away. */
const START = Math.floor(Date.now() / 3_600_000 - 3) * 3_600_000;
const MINUTES = 120;
const seconds = (minute: number) => String(START / 1_000 + minute * 60);

describe("Prometheus's read API", { timeout: 240_000 }, () => {
  const [own, other] = [`own-${randomUUID()}`, `other-${randomUUID()}`];
  let api: ApiFixture;
  let key = '';

  before(async () => {
    api = await ApiFixture.start('api-prometheus');
    for (const [tenant, rate] of [
      [own, 60],
      [other, 600],
    ] as const)
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind, unit)
         SELECT to_timestamp($2::bigint / 1000 + 60 * n), $1, metric, jsonb_build_object('host', 'h' || host, 'of', $1::text, CASE metric WHEN 'app.plays' THEN 'host.name' ELSE 'kind' END, 'x'), n * $3::int * (host + 1), $1 || metric || host || n, 'counter', 'plays'
         FROM generate_series(0, $4::int) AS n, generate_series(0, 1) AS host, unnest(ARRAY['plays_total', 'app.plays']) AS metric`,
        [tenant, START, rate, MINUTES],
      );
    await api.pool.query(
      `INSERT INTO tactus.alerts (fingerprint, starts_at, rule, tenant_id, state, severity, labels, annotations, value, updated_at)
       SELECT tenant, now(), 'too-many', tenant, 'firing', 'critical', jsonb_build_object('of', tenant), '{}', 5, now() FROM unnest($1::text[]) AS tenant`,
      [[own, other]],
    );
    key = await api.key(own, 'read');
    await until('the key to be known', async () => (await ask('/query?query=1')).status === 200);
  });
  after(async () => {
    await api.stop();
  });

  const ask = async (path: string) => await api.ask(key, `/prom/api/v1${path}`);
  const query = async (expression: string, minute = MINUTES) =>
    (await ask(`/query?query=${encodeURIComponent(expression)}&time=${seconds(minute)}`)).body;

  it('evaluates over the points of one tenant', async () => {
    const time = Number(seconds(MINUTES));
    assert.deepEqual(await query('sum(rate(plays_total[5m]))'), {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [time, '3'] }] },
    });
    assert.deepEqual((await query('count({__name__="app.plays", "host.name"="x"})')).data.result, [
      { metric: {}, value: [time, '2'] },
    ]);
    assert.deepEqual(
      (await query('count by (__name__) ({__name__=~".*plays.*", host!~"h1", missing=""})')).data.result,
      [
        { metric: { __name__: 'app.plays' }, value: [time, '1'] },
        { metric: { __name__: 'plays_total' }, value: [time, '1'] },
      ],
    );
    assert.deepEqual((await query('plays_total{host="h0"}[1m]', 10)).data.result, [
      {
        metric: { __name__: 'plays_total', host: 'h0', kind: 'x', of: own },
        values: [
          [Number(seconds(9)), '540'],
          [Number(seconds(10)), '600'],
        ],
      },
    ]);
    assert.deepEqual((await query(`plays_total{of="${other}"}`)).data.result, []);
    assert.deepEqual((await query('plays_total{of="\' OR 1=1 --"}')).data.result, []);
  });

  it('takes a range as a form too', async () => {
    const form = { query: 'sum(plays_total)', start: seconds(0), end: seconds(60), step: '30m' };
    const answer = await fetch(`${api.url}/prom/api/v1/query_range`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: new URLSearchParams(form),
    });
    assert.deepEqual(await answer.json(), {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: {},
            values: [0, 30, 60].map((minute) => [Number(seconds(minute)), String(minute * 180)]),
          },
        ],
      },
    });
  });

  it('names series, labels and their values, of one tenant', async () => {
    const span = `start=${seconds(0)}&end=${seconds(MINUTES)}`;
    const labels = ['__name__', 'host', 'host.name', 'kind', 'of'];
    assert.deepEqual((await ask(`/labels?${span}`)).body.data, labels);
    assert.deepEqual((await ask(`/labels?${span}&match[]=plays_total`)).body.data, [
      ...['__name__', 'host', 'kind', 'of'],
    ]);
    assert.deepEqual((await ask(`/label/__name__/values?${span}`)).body.data, ['app.plays', 'plays_total']);
    assert.deepEqual((await ask(`/label/host/values?${span}`)).body.data, ['h0', 'h1']);
    assert.deepEqual((await ask(`/label/of/values?${span}&match[]={host="h1"}`)).body.data, [own]);
    const series = (
      await ask(`/series?${span}&match[]=plays_total{host="h0"}&match[]={__name__="app.plays",host="h0"}`)
    ).body;
    assert.deepEqual(series.data.map((one: { __name__: string }) => one.__name__).sort(), [
      'app.plays',
      'plays_total',
    ]);
  });

  it('says what it is, what metrics are, and which alerts fire', async () => {
    assert.equal((await ask('/status/buildinfo')).body.data.version, '2.42.0');
    assert.deepEqual((await ask('/rules')).body.data, { groups: [] });
    const { alerts } = (await ask('/alerts')).body.data;
    assert.deepEqual(
      alerts.map((alert: { labels: object }) => alert.labels),
      [{ alertname: 'too-many', of: own, severity: 'critical' }],
    );
    assert.equal((await ask('/metadata')).status, 200);
  });

  it('refuses as Prometheus does', async () => {
    const cases = {
      '/query': [400, 'bad_data', /invalid parameter "query": missing/],
      '/query?query=sum(': [400, 'bad_data', /parse error/],
      '/query?query=up&time=yesterday': [400, 'bad_data', /invalid parameter "time"/],
      '/query_range?query=up&start=0&end=10&step=0': [400, 'bad_data', /zero or negative/],
      '/query_range?query=up&start=0&end=1e6': [400, 'bad_data', /invalid parameter/],
      '/series': [400, 'bad_data', /match\[\]/],
      '/series?match[]=1': [400, 'bad_data', /is no selector/],
      '/query?query=label_replace(vector(1),"a-b","","","")': [
        422,
        'execution',
        /invalid destination label name/,
      ],
    } as const;
    for (const [path, [status, errorType, error]] of Object.entries(cases)) {
      const answer = await ask(path);
      assert.deepEqual(
        [answer.status, answer.body.status, answer.body.errorType],
        [status, 'error', errorType],
        path,
      );
      assert.match(answer.body.error, error, path);
    }
    const foreign = await api.ask(key, '/prom/api/v1/query?query=1', { headers: { 'x-scope-orgid': other } });
    assert.deepEqual([foreign.status, foreign.body.errorType], [403, 'forbidden']);
    assert.equal((await api.ask(null, '/prom/api/v1/query?query=1')).status, 401);
  });

  it('answers promtool', async () => {
    const server = `http://key:${key}@127.0.0.1:${new URL(api.url).port}/prom`;
    const promtool = async (...args: readonly string[]) =>
      (await run('promtool', ['query', ...args], { timeout: 60_000 })).stdout.trim();
    const [start, end] = [`--start=${seconds(0)}`, `--end=${seconds(MINUTES)}`];
    assert.equal(
      await promtool(
        'instant',
        `--time=${seconds(MINUTES)}`,
        server,
        'sum by (host) (rate(plays_total{host="h0"}[5m]))',
      ),
      `{host="h0"} => 1 @[${seconds(MINUTES)}]`,
    );
    assert.match(
      await promtool('range', start, end, '--step=1h', server, 'sum(plays_total)'),
      /0 @\[\d+\]\n10800 @\[\d+\]\n21600 @/,
    );
    assert.match(
      await promtool('series', '--match=plays_total', start, end, server),
      /__name__="plays_total", host="h1"/,
    );
    assert.equal(await promtool('labels', start, end, server, 'host'), 'h0\nh1');
  });
});
