import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { queryInstant } from '../../../../services/api/prometheus/promql/engine.js';
import { instantData } from '../../../../services/api/prometheus/result.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { ownRuleId } from '../../../../shared/alerting/rules/rule-config.js';
import { startDatabase, type TestDatabase } from '../../../shared/adapters/postgres/database.js';
import { ApiFixture } from '../../../support/api-fixture.js';
import { Readme } from '../../../support/readme.js';
import { refreshRollups } from '../../../support/refresh-rollups.js';
import { until } from '../../../support/until.js';
import { difference, type Outcome } from './promql/compare.js';
import { DATA_SET, START as DATA_START } from './promql/data-set.js';
import { evaluationOver } from './promql/evaluation.js';
import { type KnownSeries, memorySource } from './promql/memory-source.js';
import { DASHBOARDS } from './promql/queries/dashboards.js';
import { SELECTORS } from './promql/queries/selecting.js';

const run = promisify(execFile);
/** Before all that other tests have in the tables that they share. */
const START = Date.UTC(2023, 10, 20);
const MINUTES = 120;

const DATA_AT = DATA_START + 7_200_000;
/** What the database can hold of the points that PromQL is compared with Prometheus over. */
const NATIVE: readonly KnownSeries[] = DATA_SET.map(({ labels, points }) => ({
  labels,
  points: points.filter(([time, value]) => time <= DATA_AT + 700_000 && Number.isFinite(value)),
}));

async function store(pool: Pool, tenant: string, known: readonly KnownSeries[]): Promise<void> {
  for (const [i, { labels, points }] of known.entries()) {
    const { __name__: metric, ...tags } = labels;
    await pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
       SELECT to_timestamp(ms / 1000), $1, $2, $3, value, $1 || '-' || $4::int || '-' || ms
       FROM unnest($5::float8[], $6::float8[]) AS points (ms, value)`,
      [tenant, metric, tags, i, points.map(([time]) => time), points.map(([, value]) => value)],
    );
  }
}

const failure = ({ errorType, error }: { errorType: string; error: string }): Outcome => ({
  data: null,
  error: { type: errorType, message: error },
});

const seconds = (minute: number) => String(START / 1_000 + minute * 60);

const DAY_MS = 86_400_000;
const dayOf = (time: number) => Math.floor(time / DAY_MS) * DAY_MS;

describe("Prometheus's read API", { timeout: 240_000 }, () => {
  const [own, other] = [`own-${randomUUID()}`, `other-${randomUUID()}`];
  let database: TestDatabase;
  let api: ApiFixture;
  let key = '';

  before(async () => {
    // Of its own: points of long ago are compressed one day, which others do not expect of the tables that they share.
    database = await startDatabase();
    api = await ApiFixture.start('api-prometheus', { DATABASE_URL: database.url });
    for (const [tenant, rate] of [
      [own, 60],
      [other, 600],
    ] as const)
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind, unit)
         SELECT to_timestamp($2::bigint / 1000 + 60 * n), $1, metric, jsonb_build_object('host', 'h' || host, 'of', $1::text, CASE metric WHEN 'app.plays' THEN 'host.name' ELSE 'kind' END, 'x'), n * $3::int * (host + 1), $1 || metric || host || n, 'cumulative', 'plays'
         FROM generate_series(0, $4::int) AS n, generate_series(0, 1) AS host, unnest(ARRAY['plays_total', 'app.plays']) AS metric`,
        [tenant, START, rate, MINUTES],
      );
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind, unit)
       VALUES (now(), $1, 'fresh_total', '{}', 1, 'fresh', 'cumulative', 'plays'),
         (now(), $1, 'fresh', '{"none": ""}', 1, 'a', 'gauge', null), (now(), $1, 'fresh', '{"none": ""}', 1, 'b', 'delta', null)`,
      [own],
    );
    await store(api.pool, own, NATIVE);
    for (const start of [START, DATA_START])
      await refreshRollups(api.pool, { start: dayOf(start), end: dayOf(start) + 2 * DAY_MS });
    await api.pool.query(
      `INSERT INTO tactus.alerts (fingerprint, starts_at, rule, tenant_id, state, severity, labels, annotations, value, updated_at)
       SELECT tenant, now(), rule, tenant, 'firing', 'critical', jsonb_build_object('alertname', 'too-many', 'of', tenant, 'severity', 'critical'), '{}', 5, now()
       FROM unnest($1::text[], $2::text[]) AS alert (tenant, rule)`,
      [[own, other], [own, other].map((tenant) => ownRuleId(tenant, 'too-many'))],
    );
    key = await api.key(own, 'read');
    await until('the key to be known', async () => (await ask('/query?query=1')).status === 200);
  });
  after(async () => {
    await api.stop();
    await database.stop();
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

  it('finds the series and points that the same expressions find in memory', async () => {
    const source = memorySource(NATIVE);
    const mistakes: string[] = [];
    const compare = async (expression: string) => {
      const result = await queryInstant(expression, DATA_AT, evaluationOver(source));
      const form = new URLSearchParams({ query: expression, time: String(DATA_AT / 1_000) });
      const { body } = await ask(`/query?${form}`);
      const ours = body.data === undefined ? failure(body) : { data: body.data, error: null };
      const differs = difference(ours, { data: instantData(result, DATA_AT), error: null }, false);
      if (differs !== null) mistakes.push(`${expression}: ${differs}`);
    };
    const left = [...SELECTORS, ...DASHBOARDS];
    const inTurn = async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await compare(next);
    };
    await Promise.all([inTurn(), inTurn(), inTurn(), inTurn()]);
    assert.deepEqual(mistakes, []);
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

  it('answers the points of a range piece by piece, also at one time', async () => {
    const answer = await fetch(
      `${api.url}/prom/api/v1/query?query=${encodeURIComponent('plays_total{host="h1"}[1m]')}&time=${seconds(1)}`,
      { headers: { authorization: `Bearer ${key}` } },
    );
    assert.equal(answer.headers.get('content-length'), null);
    const labels = { __name__: 'plays_total', host: 'h1', kind: 'x', of: own };
    const values = [0, 1].map((minute) => [Number(seconds(minute)), String(minute * 120)]);
    assert.deepEqual(await answer.json(), {
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: labels, values }] },
    });
  });

  it('names series, labels and their values, of one tenant', async () => {
    const span = `start=${seconds(0)}&end=${seconds(MINUTES)}`;
    const labels = ['__name__', 'host', 'host.name', 'kind', 'of'];
    assert.deepEqual((await ask(`/labels?${span}`)).body.data, labels);
    assert.deepEqual((await ask(`/labels?${span}&match[]=plays_total`)).body.data, [
      ...['__name__', 'host', 'kind', 'of'],
    ]);
    assert.deepEqual((await ask('/labels')).body.data, ['__name__'], 'an empty value is none');
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
    const { groups } = (await ask('/rules?file[]=RULES_FILE')).body.data;
    assert.deepEqual(
      groups.map(({ rules }: { rules: { type: string }[] }) =>
        rules.every(({ type }) => type === 'alerting'),
      ),
      [true],
    );
    const { alerts } = (await ask('/alerts')).body.data;
    assert.deepEqual(
      alerts.map((alert: { labels: object }) => alert.labels),
      [{ alertname: 'too-many', of: own, severity: 'critical' }],
    );
    const metadata = await ask(`/metadata?metric=fresh_total`);
    assert.equal(metadata.status, 200);
    const total = { fresh_total: [{ type: 'counter', help: '', unit: 'plays' }] };
    assert.deepEqual(metadata.body.data, total);
    const both = { fresh: [{ type: 'gauge', help: '', unit: '' }], ...total };
    assert.deepEqual((await ask('/metadata?limit=2')).body.data, both);
  });

  it('answers what no database holds', async () => {
    const none = [
      'up @ 1e300',
      'up @ -1e300',
      'rate(plays_total[200y] offset 200y)',
      'plays_total{of="\\x00"}',
      'plays_total{"a\\x00"="b"}',
    ];
    for (const expression of none) {
      const { status, data } = await query(expression);
      assert.deepEqual([status, data?.result], ['success', []], expression);
    }
    assert.deepEqual((await ask('/label/%00/values')).body.data, []);
    assert.equal((await ask('/query?query=up&time=8.64e12')).status, 400);
    assert.equal((await ask('/query?query=up&time=8640000000000000')).status, 200);
    assert.equal((await ask('/metadata?metric=%00')).status, 400);
  });

  it('answers what Grafana asks besides', async () => {
    const span = `start=${seconds(0)}&end=${seconds(MINUTES)}`;
    const post = async (path: string, form: Record<string, string>) => {
      const answer = await fetch(`${api.url}/prom/api/v1${path}`, {
        ...{ method: 'POST', body: new URLSearchParams(form) },
        headers: { authorization: `Bearer ${key}` },
      });
      return (await answer.json()) as { data: unknown; warnings?: string[]; error?: string };
    };
    // As it tries a data source.
    assert.deepEqual((await post('/query', { query: '1+1', time: '4' })).data, {
      resultType: 'scalar',
      result: [4, '2'],
    });
    const exemplars = { query: 'rate(plays_total[5m])', start: seconds(0), end: seconds(60) };
    assert.deepEqual((await post('/query_exemplars', exemplars)).data, []);
    assert.match(
      (await post('/query_exemplars', { ...exemplars, query: 'sum(' })).error ?? '',
      /parse error/,
    );
    assert.match((await post('/query_exemplars', { query: 'up' })).error ?? '', /"start": missing/);
    assert.equal(
      (await post('/format_query', { query: 'sum   by(host)(rate(plays_total [ 5m ]))/2' })).data,
      'sum by (host) (rate(plays_total[5m])) / 2',
    );
    assert.deepEqual((await ask(`/label/U__host_2e_name/values?${span}`)).body.data, ['x']);
    for (const path of ['/labels', '/label/host/values', '/series', '/labels?match[]=plays_total']) {
      const url = `${path}${path.includes('?') ? '&' : '?'}${span}${path === '/series' ? '&match[]=plays_total' : ''}`;
      const all = (await ask(`${url}&limit=0`)).body;
      assert.ok(all.data.length > 1 && all.warnings === undefined, path);
      assert.deepEqual((await ask(`${url}&limit=1`)).body, {
        status: 'success',
        data: all.data.slice(0, 1),
        warnings: ['results truncated due to limit'],
      });
    }
    assert.equal((await ask('/labels?limit=many')).status, 400);
    const head = await fetch(`${api.url}/prom/api/v1/query?query=1`, {
      ...{ method: 'HEAD', headers: { authorization: `Bearer ${key}` } },
    });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  it('runs the examples of its page', async () => {
    const scripts = new Readme('services/api/prometheus/README.md').code('bash');
    assert.equal(scripts.length, 3);
    const env = { PATH: process.env.PATH, TACTUS_API_URL: api.url, TACTUS_API_KEY: key };
    for (const script of scripts) {
      const { stdout } = await run(
        'bash',
        ['-c', `set -eo pipefail; curl() { command curl -sS --fail-with-body "$@"; }; ${script}`],
        { env },
      );
      assert.match(stdout, /^\{"status":"success","data":[[{]/, script);
    }
  });

  it('refuses as Prometheus does', async () => {
    const cases = {
      '/query': [400, 'bad_data', /invalid parameter "query": missing/],
      '/query?query=sum(': [400, 'bad_data', /parse error/],
      '/query?query=up&time=yesterday': [400, 'bad_data', /invalid parameter "time"/],
      '/query?query=up&timeout=0': [400, 'bad_data', /timeout.*allowed is 1ms or more/],
      [`/query?query=up&time=0.${'0'.repeat(63)}`]: [400, 'bad_data', /longer than 64 characters/],
      '/query_range?query=up&start=0&end=10&step=0': [400, 'bad_data', /zero or negative/],
      '/query_range?query=up&start=0&end=1e6': [400, 'bad_data', /invalid parameter/],
      '/series': [400, 'bad_data', /match\[\]/],
      [`/series?${'match[]=up&'.repeat(65)}`]: [400, 'bad_data', /65 selectors, at most 64/],
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
