import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { insertParameters } from '../../../services/sink/timescale/insert-statement.js';
import { metricPoints } from '../../../services/sink/timescale/tables.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { normal, seeded } from '../../shared/detection/generators.js';
import { ApiFixture } from '../../support/api-fixture.js';
import { PlainClient } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { Readme } from '../../support/readme.js';
import { refreshRollups } from '../../support/refresh-rollups.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const DAY_MS = 86_400_000;
/** Not so long ago that points of it may be compressed: others use the tables too. */
const DAY = (Math.floor(Date.now() / DAY_MS) - 3) * DAY_MS;
const AT = DAY + DAY_MS / 2;
const rangeOf = (start: number, end: number) =>
  `from=${new Date(start).toISOString()}&to=${new Date(end).toISOString()}`;
const RANGE = rangeOf(DAY, DAY + DAY_MS);

describe('what the API reads', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const other = `other-${randomUUID()}`;
  let api: ApiFixture;
  let key = '';

  before(async () => {
    api = await ApiFixture.start('api-reads', { TACTUS_API_PIPELINE_INTERVAL_MS: '1000' });
    for (const tenant of [own, other]) {
      await api.pool.query(
        `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
         SELECT to_timestamp($2::bigint / 1000 + n), $1, 'song_play', $1 || '-' || n, 'user-' || n % 3, jsonb_build_object('plan', CASE WHEN n % 2 = 0 THEN 'family' ELSE 'solo' END, 'of', $1)
         FROM generate_series(1, 25) AS n`,
        [tenant, AT],
      );
      await api.pool.query(
        `INSERT INTO tactus.anomalies
         SELECT to_timestamp($2::bigint / 1000), to_timestamp($2::bigint / 1000 + 10), $1 || '-' || n, $1, 'plays', '{}', 'zscore', '10s', 9, 5, 4, 6, 0.9,
           CASE WHEN n = 3 THEN 'critical' ELSE 'warning' END, 'odd for ' || $1, now()
         FROM generate_series(1, 3) AS n`,
        [tenant, AT],
      );
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint / 1000 + 10 * n), $1, 'plays', jsonb_build_object('host', 'h' || n % 2), n, $1 || n
         FROM generate_series(1, 60) AS n`,
        [tenant, AT],
      );
    }
    await refreshRollups(api.pool, { start: DAY, end: DAY + 2 * DAY_MS });
    key = await api.key(own, 'read');
    await until('the key to be known', async () => (await api.ask(key, '/api/v1/metrics')).status === 200);
  });

  after(async () => {
    await api.stop();
  });

  it('is of one tenant, below either prefix', async () => {
    for (const path of ['metrics', 'events', 'anomalies']) {
      const [answer, alias] = await Promise.all(
        ['/api/v1', '/analytics'].map((prefix) => api.ask(key, `${prefix}/${path}?${RANGE}`)),
      );
      assert.equal(answer?.status, 200, JSON.stringify(answer?.body));
      assert.ok(answer?.body.items.length > 0, path);
      assert.doesNotMatch(JSON.stringify(answer?.body), new RegExp(other));
      assert.deepEqual(alias?.body, answer?.body);
    }
  });

  it('is refused for another tenant however it is named, and without a key', async () => {
    for (const answer of await Promise.all([
      api.ask(key, `/api/v1/events?tenantId=${other}`),
      api.ask(key, '/api/v1/events', { headers: { 'x-scope-orgid': other } }),
      api.ask(key, `/api/v1/metrics/${other}`),
    ])) {
      assert.equal(answer.status, 403);
      assert.equal(answer.body.code, 'TACTUS_NOT_ALLOWED');
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
    assert.equal((await api.ask(null, '/api/v1/events')).status, 401);
    assert.equal((await api.ask('no-key', '/api/v1/events')).status, 401);
  });

  it('finds metrics by tags of their series', async () => {
    const find = async (tags: string) =>
      (await api.ask(key, `/api/v1/metrics?${RANGE}${tags}`)).body.items.map(
        ({ metric, series }: { metric: string; series: number }) => [metric, series],
      );
    assert.deepEqual(await find('&tag=host%3Dh1'), [['plays', 1]]);
    assert.deepEqual(await find('&tag=host%3Dh1&tag=shop%3Da'), []);
    assert.deepEqual(
      (await find('')).find(([metric]: string[]) => metric === 'plays'),
      ['plays', 2],
    );
  });

  it('comes in pages, in which each event is once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body } = await api.ask(key, `/api/v1/events?${RANGE}&limit=10${more}`);
      assert.equal(status, 200, JSON.stringify(body));
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    assert.equal(seen.length, 25);
    assert.equal(new Set(seen).size, 25);
  });

  it('is searched by type, subject, attributes and text', async () => {
    const find = async (query: string) =>
      (await api.ask(key, `/api/v1/events?${RANGE}&${query}`)).body.items.length;
    assert.equal(await find('type=song_play&subject=user-1'), 9);
    assert.equal(await find(`attributes=${encodeURIComponent('{"plan":"family"}')}`), 12);
    assert.equal(await find('text=FAMIL'), 12);
    assert.equal(await find(`text=${encodeURIComponent('%25')}`), 0);
    assert.equal(await find(`text=${encodeURIComponent("' OR true --")}`), 0);
    assert.equal((await api.ask(key, `/api/v1/anomalies?${RANGE}&severity=critical`)).body.items.length, 1);
  });

  it('has an anomaly by its id, of whatever time it is, of the own tenant alone', async () => {
    const [first] = (await api.ask(key, `/api/v1/anomalies?${RANGE}`)).body.items;
    const one = await api.ask(key, `/api/v1/anomalies/${first.id}`);
    assert.deepEqual([one.status, one.body], [200, first]);
    const missing = await api.ask(key, '/api/v1/anomalies/none');
    assert.deepEqual([missing.status, missing.body.code], [404, 'TACTUS_NOT_FOUND']);
    assert.equal((await api.ask(key, `/api/v1/anomalies/${other}-1`)).status, 404);
  });

  it('marks anomalies of series that somebody has muted, of the own tenant and until it is ended', async () => {
    const [operate, theirs] = await Promise.all([api.key(own, 'operate'), api.key(other, 'operate')]);
    const mutes = '/api/v1/anomalies/mutes';
    await until('the keys to be known', async () => {
      const answers = await Promise.all([operate, theirs].map((one) => api.ask(one, mutes)));
      return answers.every(({ status }) => status === 200);
    });
    const mute = (body: object, by = operate) => api.ask(by, mutes, { method: 'POST', body });
    const found = async (query: string, by = key) =>
      (await api.ask(by, `/api/v1/anomalies?${RANGE}${query}`)).body.items.map(
        ({ mutedUntil }: { mutedUntil: string | null }) => mutedUntil,
      );
    assert.equal((await mute({ metric: 'plays', for: '1h' }, key)).status, 403);
    for (const [body, says] of [
      [{ metric: '*', for: '1h' }, /takes all of the tenant/],
      [{ metric: 'plays' }, /endsAt: missing/],
      [{ metric: '*a?b*', for: '1h' }, /without a \? between two \*/],
    ] as const) {
      const { status, body: answer } = await mute(body);
      assert.equal(status, 400);
      assert.match(JSON.stringify(answer), says);
    }
    assert.equal((await mute({ metric: 'play_', for: '1h' })).status, 201);
    assert.equal((await mute({ metric: 'pl?ys', tags: { host: 'h1' }, for: '1h' })).status, 201);
    assert.deepEqual(await found('&muted=true'), []);
    assert.deepEqual(await found('&muted=false'), [null, null, null]);
    const { status, body } = await mute({ metric: 'p?a*', for: '1h', comment: 'known' });
    assert.equal(status, 201, JSON.stringify(body));
    const { endsAt } = body;
    assert.deepEqual(await found(''), [endsAt, endsAt, endsAt]);
    assert.deepEqual(
      [await found('&muted=true&limit=2'), await found('&muted=false')],
      [[endsAt, endsAt], []],
    );
    assert.deepEqual(await found('&muted=false', theirs), [null, null, null]);
    const { items } = (await api.ask(key, mutes)).body;
    assert.deepEqual([items.length, items.at(-1)], [3, body]);
    assert.deepEqual((await api.ask(theirs, mutes)).body.items, []);
    assert.equal((await api.ask(theirs, `${mutes}/${body.id}`, { method: 'DELETE' })).status, 404);
    assert.equal((await api.ask(operate, `${mutes}/${body.id}`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(await found(''), [null, null, null]);
  });

  it('keeps how readily anomalies of a metric are reported, of the own tenant, and what is expected follows it', async () => {
    const [operate, theirs] = await Promise.all([api.key(own, 'operate'), api.key(other, 'operate')]);
    const path = '/api/v1/anomalies/sensitivities';
    await until('the keys to be known', async () => {
      const answers = await Promise.all([operate, theirs].map((one) => api.ask(one, path)));
      return answers.every(({ status }) => status === 200);
    });
    const noise = normal(seeded(11), 50, 2);
    const values = Array.from({ length: 600 }, () => noise());
    await api.pool.query(
      `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev, first, last, watermark, emitted_at)
       SELECT to_timestamp($2::bigint / 1000 + 10 * n), to_timestamp($2::bigint / 1000 + 10 * n + 10), $1, 'wobble', '{}', '10s', 1, v, v, v, v, 0, v, v, now(), now()
       FROM unnest($3::float8[]) WITH ORDINALITY AS x (v, n)`,
      [own, AT, values],
    );
    /** What the detector finds in the stored figures, from the hundredth on. */
    const found = (sensitivity: number) => {
      const detector = ensemble({ sensitivity });
      let state = detector.initial();
      const results = values.map((value, n) => {
        const [next, result] = detector.observe(state, { at: AT + 10_000 * (n + 1), value });
        state = next;
        return { ...result, isOutside: value < result.lower || value > result.upper };
      });
      const shown = results.slice(99);
      const [outside, anomalies] = (['isOutside', 'isAnomaly'] as const).map(
        (what) => shown.filter((one) => one[what]).length,
      );
      const { lower, upper } = shown.at(-1) ?? { lower: 0, upper: 0 };
      return { outside, anomalies, windows: 501, lower, upper, detectorSensitivity: sensitivity };
    };
    const range = rangeOf(AT + 1_000_000, AT + 7_000_000);
    const band = async (more = '') => {
      const { body } = await api.ask(
        key,
        `/api/v1/metrics/query?metric=wobble&band=true&${range}&resolution=10s${more}`,
      );
      const { series, sensitivity, detectorSensitivity } = body.band;
      const [{ outside, anomalies, windows, steps }] = series;
      const { lower, upper } = steps.at(-1);
      return { sensitivity, outside, anomalies, windows, lower, upper, detectorSensitivity };
    };
    assert.deepEqual(await band(), { sensitivity: 0.5, ...found(1) });
    assert.deepEqual(await band('&sensitivity=1'), { sensitivity: 1, ...found(5) });
    assert.ok((found(5).anomalies ?? 0) > (found(1).anomalies ?? 0));

    const post = (body: object, by = operate, headers = {}) =>
      api.ask(by, path, { method: 'POST', body, headers });
    for (const [body, by, wanted, says] of [
      [{ metric: 'wobble', sensitivity: 1 }, key, 403, /operate/],
      [{ metric: 'wobble', sensitivity: 1.5 }, operate, 400, /sensitivity.*1/],
      [{ metric: 'wobble' }, operate, 400, /sensitivity: missing/],
      [
        { metric: '*a?b*', sensitivity: 1 },
        operate,
        400,
        /without a \? between two \*: value was \\"\*a\?b\*\\"/,
      ],
    ] as const) {
      const { status, body: answer } = await post(body, by);
      assert.equal(status, wanted, JSON.stringify(answer));
      assert.match(JSON.stringify(answer), says);
    }
    const once = { 'idempotency-key': randomUUID() };
    const made = await post({ metric: 'wobble', sensitivity: 1, comment: 'gently' }, operate, once);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { id, etag, updatedAt, by } = made.body;
    assert.equal(made.headers.get('etag'), etag);
    assert.deepEqual(made.body, {
      id,
      metric: 'wobble',
      sensitivity: 1,
      by,
      comment: 'gently',
      updatedAt,
      etag,
    });
    const repeated = await post({ metric: 'wobble', sensitivity: 1, comment: 'gently' }, operate, once);
    assert.deepEqual([repeated.status, repeated.body], [201, made.body]);
    const again = await post({ metric: 'wobble', sensitivity: 0 });
    assert.deepEqual([again.status, again.body.code], [409, 'TACTUS_CONFLICT']);
    assert.match(again.body.detail, new RegExp(`has a sensitivity already: change "${id}"`));
    assert.deepEqual(await band(), { sensitivity: 1, ...found(5) });
    assert.deepEqual(await band('&sensitivity=0'), { sensitivity: 0, ...found(0.2) });

    assert.equal((await post({ metric: 'w*', sensitivity: 0.2 })).status, 201);
    const metrics = async (more: string, who = key) => {
      const { items, nextCursor } = (await api.ask(who, `${path}?${more}`)).body;
      return [items.map(({ metric }: { metric: string }) => metric), nextCursor];
    };
    assert.deepEqual(await metrics(''), [['wobble', 'w*'], null]);
    assert.deepEqual(await metrics('metric=wonder'), [['w*'], null]);
    const [first, cursor] = await metrics('limit=1');
    assert.deepEqual([first, await metrics(`limit=1&cursor=${cursor}`)], [['wobble'], [['w*'], null]]);
    assert.deepEqual(await metrics('', theirs), [[], null]);
    assert.equal((await api.ask(theirs, `${path}/${id}`)).status, 404);

    const put = (sensitivity: number, ifMatch: string | null, who = operate) =>
      api.ask(who, `${path}/${id}`, {
        ...{ method: 'PUT', body: { sensitivity }, headers: ifMatch === null ? {} : { 'if-match': ifMatch } },
      });
    assert.deepEqual(
      [
        (await put(0.5, null)).status,
        (await put(0.5, etag, theirs)).status,
        (await put(0.5, etag, key)).status,
      ],
      [428, 404, 403],
    );
    const both = await Promise.all([put(0.6, etag), put(0.7, etag)]);
    const [done, refused] = both.sort((a, b) => a.status - b.status);
    assert.equal(done?.status, 200);
    assert.ok([409, 412].includes(refused?.status ?? 0), 'of two at once one is refused');
    const stale = await put(0.1, etag);
    assert.deepEqual([stale.status, stale.body.code], [412, 'TACTUS_VERSION_MISMATCH']);
    assert.equal(stale.headers.get('etag'), done?.body.etag);
    assert.deepEqual((await api.ask(key, `${path}/${id}`)).body, done?.body);

    const remove = (ifMatch: string) =>
      api.ask(operate, `${path}/${id}`, { method: 'DELETE', headers: { 'if-match': ifMatch } });
    assert.equal((await remove(etag)).status, 412);
    assert.equal((await remove(done?.body.etag)).status, 204);
    assert.deepEqual((await band()).sensitivity, 0.2, 'what is left holds');
    const alone = await api.ask(key, `/api/v1/metrics/query?metric=wobble&${range}&sensitivity=1`);
    assert.deepEqual(
      [alone.status, alone.body.detail],
      [400, 'sensitivity: is that of a band: add band=true'],
    );
  });

  it('refuses what is not known or allowed, naming it', async () => {
    const cases = {
      'events?limit=0': /the parameter limit: .*value was 0/,
      'events?attributes={"plan":"\\ud800"}': /halves of surrogate pairs/,
      'events?colour=red': /the parameter colour: is not known here/,
      'events?from=yesterday': /from: must be ISO 8601.*value was "yesterday"/,
      'events?from=now&to=now-1h': /from: must be before to/,
      'events?from=1990-01-01': /from: at most 400d before to \(TACTUS_API_MAX_RANGE_MS\)/,
      'events?attributes=[]': /attributes: must be a JSON object: value was/,
      'events?cursor=abc': /cursor: is none of this list/,
      'alerts/%00': /does not take a text of the request .*allowed are texts without U\+0000/,
      'events?from=-8640000000000000&to=-8639999990000000': /does not take a time of the request/,
      'anomalies?severity=red': /severity: must be one of info, warning, critical/,
    };
    for (const [path, detail] of Object.entries(cases)) {
      const { status, body } = await api.ask(key, `/api/v1/${path}`);
      assert.equal(status, 400, path);
      assert.match(body.detail, detail);
    }
    const post = await api.ask(key, '/api/v1/events', { method: 'POST', body: {} });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET']);
    assert.equal((await api.ask(key, '/api/v1/nothing')).status, 404);
  });

  describe('of a metric over time', () => {
    const query = async (path: string) => {
      const { status, body } = await api.ask(key, `/api/v1/metrics/${path}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    };
    /** Ten minutes from one before the first point. */
    const TEN = `metric=plays&${rangeOf(AT - 60_000, AT + 11 * 60_000)}`;

    it('comes with what was expected, learnt from windows before the range, and bounded', async () => {
      await api.pool.query(
        `INSERT INTO tactus.windows (start, "end", tenant_id, metric, tags, "window", count, sum, min, max, mean, stddev, first, last, watermark, emitted_at)
         SELECT to_timestamp($2::bigint / 1000 + 10 * n), to_timestamp($2::bigint / 1000 + 10 * n + 10), tenant, 'beats',
           jsonb_build_object('host', 'h' || host), '10s', 1, v, v, v, v, 0, v, v, now(), now()
         FROM generate_series(-60, 59) AS n, generate_series(1, 6) AS host, (VALUES ($1), ($3)) AS t (tenant),
           LATERAL (SELECT CASE WHEN tenant = $1 THEN 10 + n % 2 ELSE 1e6 END AS v) AS x`,
        [own, AT, other],
      );
      const range = `metric=beats&${rangeOf(AT, AT + 600_000)}&band=true`;
      const { band } = await query(`query?${range}&resolution=10s&tag=host%3Dh1`);
      assert.equal(band.resolutionMs, 10_000);
      const [{ tags, steps }, ...others] = band.series;
      assert.deepEqual([tags, others, steps.length, steps[0].time], [{ host: 'h1' }, [], 60, AT]);
      for (const { expected, lower, upper } of steps) {
        assert.ok(expected > 9 && expected < 12, `${expected}: of another tenant, or not learnt`);
        assert.ok(lower <= expected && expected <= upper);
      }
      const coarse = await query(`query?${range}&resolution=1m&tag=host%3Dh1&exact=true`);
      assert.equal(coarse.band.series[0].steps.length, 10);
      assert.deepEqual((await query(`query?${range}&exact=true`)).band.series, [], 'without tags');
      assert.equal('band' in (await query(`query?metric=beats&${rangeOf(AT, AT + 600_000)}`)), false);
      for (const [more, why] of [
        ['', /band: is of at most 5 series/],
        ['&tag=host%3Dh1&aggregation=max', /band: is of means, for the aggregation avg: value was max/],
      ] as const) {
        const { status, body } = await api.ask(key, `/api/v1/metrics/query?${range}${more}`);
        assert.equal(status, 400);
        assert.match(body.detail, why);
      }
    });

    it('is each series from the roll-ups, with gaps and anomalies', async () => {
      const { source, resolutionMs, series, anomalies } = await query(`query?${TEN}&resolution=1m`);
      assert.deepEqual([source, resolutionMs], ['1m', 60_000]);
      assert.deepEqual(
        series.map(({ tags }: { tags: object }) => tags),
        [{ host: 'h0' }, { host: 'h1' }],
      );
      // Even ones of 1 to 5; the last point stands at 12:10.
      assert.deepEqual(series[0].points.slice(0, 3), [
        [AT - 60_000, null],
        [AT, 3],
        [AT + 60_000, 8],
      ]);
      assert.equal(series[0].points.length, 12);
      assert.equal(anomalies.length, 3);
      const exact = await query(`query?${TEN}&resolution=1m&exact=true&tag=host%3Dh0`);
      assert.deepEqual(exact.series, [series[0]]);
      assert.deepEqual((await query(`query?${TEN}&resolution=1m&tag=host%3Dh0`)).series, [series[0]]);
    });

    it('is the points as they came where the range is short', async () => {
      const { source, series } = await query(`query?metric=plays&${rangeOf(AT, AT + 60_000)}`);
      assert.equal(source, 'raw');
      assert.deepEqual(series[1].points, [
        [AT + 10_000, 1],
        [AT + 30_000, 3],
        [AT + 50_000, 5],
      ]);
    });

    it('is grouped, ranked and compared with an earlier period', async () => {
      const all = await query(`aggregated?${TEN}&resolution=1h&aggregation=sum`);
      assert.deepEqual(all.series[0].tags, {});
      assert.deepEqual(all.series[0].points.at(-1), [AT, (60 * 61) / 2]);
      const top = await query(`aggregated?${TEN}&resolution=1m&aggregation=max&by=host&top=1`);
      assert.deepEqual([top.series.length, top.series[0].tags, top.series[0].total], [1, { host: 'h0' }, 60]);
      const { series } = await query(
        `aggregated?metric=plays&aggregation=max&resolution=1m&compare=5m&${rangeOf(AT + 300_000, AT + 360_000)}`,
      );
      assert.deepEqual(series[0].points, [[AT + 300_000, 35]]);
      assert.deepEqual(series[0].previous, [[AT + 300_000, 5]]);
      // By no whole number of steps.
      const { series: shifted } = await query(
        `aggregated?metric=plays&aggregation=max&source=raw&resolution=1m&compare=90s&${rangeOf(AT + 300_000, AT + 360_000)}`,
      );
      assert.deepEqual(shifted[0].previous, [[AT + 300_000, 26]]);
      const p50 = await query(`aggregated?${TEN}&aggregation=p50&resolution=1h`);
      assert.deepEqual([p50.source, p50.series[0].points.at(-1)], ['raw', [AT, 30.5]]);
    });

    it('is the highest of more groups than an answer may have, beside an earlier period', async () => {
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint / 1000 + 60 * ago), $1, 'wide', jsonb_build_object('host', E'"\\u00e9\\n' || n), n + ago, $1 || n || ' ' || ago
         FROM generate_series(1, 1001) AS n, generate_series(0, 1) AS ago`,
        [own, AT],
      );
      const { status, body } = await api.ask(
        key,
        `/api/v1/metrics/aggregated?metric=wide&source=raw&resolution=1m&by=host&by=zone&top=2&compare=1m&${rangeOf(AT + 60_000, AT + 120_000)}`,
      );
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(
        body.series.map(({ tags, points, previous }: Record<string, unknown>) => ({
          tags,
          points,
          previous,
        })),
        [1001, 1000].map((n) => ({
          tags: { host: `"\u00e9\n${n}` },
          ...{ points: [[AT + 60_000, n + 1]], previous: [[AT + 60_000, n]] },
        })),
      );
    });

    it('says what it cannot do', async () => {
      for (const [path, detail] of Object.entries({
        'query?metric=plays&tag=host': /tag\.0: must be name=value: value was "host"/,
        'query?metric=plays&aggregation=mode': /aggregation: must be one of avg, min/,
        'query?metric=plays&resolution=1m&source=1h':
          /resolution: must be a multiple of 1h for the source 1h/,
        'aggregated?metric=plays&aggregation=p95&from=now-3d': /aggregation: p95 is made of single points/,
        'query?from=now-1h': /metric: missing/,
      })) {
        const { status, body } = await api.ask(key, `/api/v1/metrics/${path}`);
        assert.equal(status, 400, path);
        assert.match(body.detail, detail);
      }
    });

    it('is kept until something of its range changes, and for its own tenant', async () => {
      const reads = (result: string) => api.worker.metric('tactus_api_cache_reads_total', { result });
      const hour = `metric=kept&${rangeOf(AT, AT + 3_600_000)}&aggregation=sum&resolution=1h`;
      const store = async (tenantId: string, value: number) => {
        const point = pointOf({ tenantId, metric: 'kept', tags: {}, value, timestamp: AT + 1_000 });
        await api.pool.query(metricPoints.statement, insertParameters(metricPoints.columns, [point]));
      };
      const refresh = async () => {
        await refreshRollups(api.pool, { start: DAY, end: DAY + 2 * DAY_MS });
        await api.pool.query(`DELETE FROM tactus.dirty_ranges WHERE bucket = '1m' AND start = $1`, [
          new Date(AT),
        ]);
      };
      const otherKey = await api.key(other, 'read');
      await until(
        'the other key to be known',
        async () => (await api.ask(otherKey, '/api/v1/metrics')).status === 200,
      );
      await Promise.all([store(own, 2), store(other, 40)]);
      for (const source of ['raw', '1h']) {
        await refresh();
        const path = `query?${hour}&source=${source}`;
        const value = async (of = key) =>
          (await api.ask(of, `/api/v1/metrics/${path}`)).body.series[0].points[0][1] as number;
        const first = await query(path);
        // Others that use the database may count a change of the hour meanwhile.
        await until('an answer that was kept', async () => {
          const hits = await reads('hit');
          assert.deepEqual(await query(path), first);
          return (await reads('hit')) > hits;
        });
        const [ownBefore, otherBefore] = [await value(), await value(otherKey)];
        await store(own, 3);
        // Points are read at once, roll-ups once they are refreshed.
        if (source === '1h') await refresh();
        assert.deepEqual([await value(), await value(otherKey)], [ownBefore + 3, otherBefore], source);
      }
    });

    it('names its series', async () => {
      const { series } = await query(`series?metric=plays&${RANGE}`);
      assert.deepEqual(
        series.map(({ tags }: { tags: object }) => tags),
        [{ host: 'h0' }, { host: 'h1' }],
      );
    });
  });

  it('says how whole the windows are, and which are not', async () => {
    const tally = (more: object) => ({
      ...{ windows: 2, equal: 2, stored: 20, counted: 20, late: 0, delays: { 0: 2 } },
      causes: { late: 0, refused: 0, missing: 0, duplicated: 0, wrong: 0 },
      ...more,
    });
    const causes = { late: 0, refused: 0, missing: 1, duplicated: 0, wrong: 0 };
    for (const [minutes, found] of [tally({}), tally({ equal: 1, counted: 15, causes })].entries())
      for (const tenant of [own, other])
        await api.pool.query(
          `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at) VALUES ('10s', $1, $2, $3, now())`,
          [new Date(AT + minutes * 60_000), tenant, JSON.stringify(found)],
        );
    const { status, body } = await api.ask(key, `/api/v1/quality?${RANGE}`);
    assert.equal(status, 200, JSON.stringify(body));
    const [windows] = body.windows;
    assert.deepEqual(
      [windows.window, windows.windows, windows.accuracy, windows.completeness, windows.differing.missing],
      ['10s', 4, 0.75, 35 / 40, 1],
    );
    assert.deepEqual(
      windows.slots.map(({ start }: { start: string }) => start),
      [new Date(AT + 60_000).toISOString()],
    );
    // Others of the range were not compared.
    assert.deepEqual(
      windows.steps.map(({ start, slots, accuracy }: { start: string; slots: number; accuracy: number }) => [
        ...[start, slots, accuracy],
      ]),
      [[new Date(AT).toISOString(), 2, 0.75]],
    );
  });

  it('leads from a count to the windows that differ, and from these to their points', async () => {
    const start = AT + 60_000;
    // Between two points that are there already.
    const [first, last] = [start + 11_000, start + 19_000];
    for (const tenant of [own, other]) {
      await api.pool.query(
        `UPDATE tactus.reconciled SET "end" = start + INTERVAL '1 minute', kind = 'aligned', group_by = '{host}'
         WHERE tenant_id = $1 AND start = $2`,
        [tenant, new Date(start)],
      );
      await api.pool.query(
        `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail, stored_points,
           counted_points, late_points, stream, stored, expected)
         SELECT '10s', $2, $1, n, $3::timestamptz + (n - 1) * INTERVAL '1 second', $4, 'plays', jsonb_build_object('host', 'h' || n),
           (ARRAY['late', 'missing', 'missing'])[n], 'detail of ' || $1, 3, 2, CASE n WHEN 1 THEN 1 ELSE 0 END,
           CASE n WHEN 1 THEN jsonb_build_object('count', 2, 'sum', 5, 'min', 1, 'max', 4, 'mean', 2.5, 'stddev', 1, 'first', 1, 'last', 4, 'increase', null, 'distinct', null) END,
           NULL, NULL FROM generate_series(1, 3) AS n`,
        [tenant, new Date(start), new Date(first), new Date(last)],
      );
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT $2::timestamptz + n * INTERVAL '1 second', $1, 'plays', jsonb_build_object('host', 'h1', 'zone', 'z' || n, 'of', $1::text), n, $1 || '-drill-' || n
         FROM generate_series(1, 3) AS n`,
        [tenant, new Date(first)],
      );
      await api.pool.query(
        `INSERT INTO tactus.late_points (time, tenant_id, metric, tags, value, id, missed, watermark, lateness_ms, cause)
         SELECT time, tenant_id, metric, tags, value, id, jsonb_build_object('10s', jsonb_build_array($2::bigint)), time, 4000, 'hold'
         FROM tactus.metric_points WHERE tenant_id = $1 AND id = $1 || '-drill-2'`,
        [tenant, first],
      );
    }
    const ask = async (path: string) => {
      const { status, body } = await api.ask(key, `/api/v1/quality/${path}`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.doesNotMatch(JSON.stringify(body), new RegExp(other));
      return body;
    };
    const slot = `window=10s&start=${new Date(start).toISOString()}`;
    const windows = await ask(`windows?${slot}`);
    assert.deepEqual([windows.slots, windows.windows, windows.accuracy], [1, 2, 0.5]);
    assert.equal((await ask(`windows?window=10s&start=${new Date(start + 1).toISOString()}`)).slots, 0);
    assert.deepEqual(
      windows.items.map(
        ({ tags, cause, lateCauses }: { tags: object; cause: string; lateCauses: object }) => [
          ...[tags, cause, lateCauses],
        ],
      ),
      [
        [{ host: 'h3' }, 'missing', { arrival: 0, hold: 0 }],
        [{ host: 'h2' }, 'missing', { arrival: 0, hold: 0 }],
        [{ host: 'h1' }, 'late', { arrival: 0, hold: 1 }],
      ],
    );
    assert.deepEqual([windows.items[2].stream.sum, windows.items[1].stream], [5, null]);
    const page = await ask(`windows?window=10s&${RANGE}&cause=missing&limit=1`);
    const next = await ask(`windows?window=10s&${RANGE}&cause=missing&limit=1&cursor=${page.nextCursor}`);
    assert.deepEqual(
      [page.items[0].tags, next.items[0].tags, next.nextCursor],
      [{ host: 'h3' }, { host: 'h2' }, null],
    );

    const of = `records?window=10s&start=${new Date(first).toISOString()}&metric=plays`;
    const records = await ask(`${of}&tag=host%3Dh1`);
    assert.deepEqual(
      [records.difference.cause, records.end, records.stream],
      ['late', new Date(last).toISOString(), null],
    );
    assert.deepEqual(
      records.items.map(
        ({ value, tags, late }: { value: number; tags: { zone?: string }; late: object | null }) => [
          ...[value, tags.zone, late],
        ],
      ),
      [
        [1, 'z1', null],
        [2, 'z2', { cause: 'hold', latenessMs: 4_000, watermark: new Date(first + 2_000).toISOString() }],
        [3, 'z3', null],
      ],
    );
    const two = await ask(`${of}&tag=host%3Dh1&limit=2`);
    const rest = await ask(`${of}&tag=host%3Dh1&limit=2&cursor=${two.nextCursor}`);
    assert.deepEqual([...two.items, ...rest.items], records.items);
    const none = await api.ask(key, `/api/v1/quality/${of}&tag=host%3Dh9`);
    assert.deepEqual([none.status, none.body.code], [404, 'TACTUS_NOT_FOUND']);
    assert.equal((await ask('windows?window=10s&start=8640000000000000')).slots, 0, 'the end of all time');
    const both = await api.ask(key, `/api/v1/quality/windows?${slot}&from=now-1h`);
    assert.match(both.body.detail, /start: is allowed without from and to only/);
  });

  it('shows how far each worker is, from the beginning of what it has not committed', async () => {
    const plain = new PlainClient(sharedServers(), api.prefix);
    const pipeline = async () => {
      const { status, body } = await api.ask(key, '/api/v1/pipeline');
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    };
    const groupIn = (body: { workers: { groups: { group: string }[] }[] }, name: string) =>
      // biome-ignore lint/suspicious/noExplicitAny: bodies are compared with what is expected
      body.workers.flatMap(({ groups }) => groups).find(({ group }) => group === name) as any;
    const before = await pipeline();
    assert.equal(groupIn(before, 'ingest').state, 'absent');
    assert.equal(groupIn(before, 'ingest').lagRecords, null);
    const message = (partition: number) => ({ key: other, value: Buffer.from(other), partition });
    await plain.produce('ingest.metrics', [0, 0, 0, 1, 1].map(message));
    const admin = plain.kafka.admin();
    await admin.connect();
    await admin.setOffsets({
      ...{ groupId: `${api.prefix}ingest`, topic: `${api.prefix}ingest.metrics` },
      partitions: [{ partition: 0, offset: '2' }],
    });
    await admin.disconnect();
    const body = await until('the records to be seen', async () => {
      const found = await pipeline();
      const { lagRecords, state } = groupIn(found, 'ingest');
      // Who sets offsets is a member for as long as that takes.
      return lagRecords === 3 && state === 'stopped' && found.rateSeconds !== null ? found : undefined;
    });
    const { lagSeconds, health, inputs } = groupIn(body, 'ingest');
    assert.deepEqual([health, body.health], ['down', 'down']);
    assert.ok(lagSeconds > 0 && lagSeconds < 120, `${lagSeconds} s`);
    const [first, second] = inputs[0].partitions;
    assert.deepEqual([first.nextOffset, first.endOffset, first.lagRecords], [2, 3, 1]);
    assert.deepEqual([second.nextOffset, second.endOffset, second.lagRecords], [null, 2, 2]);
    assert.ok(second.lagSeconds > 0);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(`${other}|${own}`));
    assert.equal((await api.ask(key, '/analytics/pipeline')).status, 200);
  });

  it('answers the examples of its page', async () => {
    const [first, ...scripts] = new Readme('services/api/README.md').code('bash');
    assert.ok(first !== undefined && scripts.length > 0);
    const env = { PATH: process.env.PATH, TACTUS_API_URL: api.url, TACTUS_API_KEY: key };
    const run = (script: string) =>
      promisify(execFile)(
        'bash',
        ['-c', `set -eo pipefail; curl() { command curl -sS --fail-with-body "$@"; }; ${script}`],
        { env },
      );
    for (const script of [first, ...scripts])
      assert.match(
        (await run(script)).stdout,
        /^(\{"items":\[.*"nextCursor":|\{"metric":.*"series":|HTTP\/1\.1 304 )/,
        script,
      );
    await assert.rejects(run(first.replace('from=', 'form=')), ({ stdout }: { stdout: string }) =>
      stdout.includes('the parameter form: is not known here'),
    );
  });

  it('is described, with every operation named', async () => {
    const { body } = await api.ask(null, '/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    const operations = Object.values(body.paths as Record<string, Record<string, { operationId?: string }>>)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    assert.ok(operations.length >= 4 && !operations.includes(undefined));
    assert.equal(new Set(operations).size, operations.length);
    assert.equal((await api.ask(null, '/docs/')).status, 200);
  });
});
