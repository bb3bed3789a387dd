import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AuditRecord } from '../../../schemas/types.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { ApiFixture } from '../../support/api-fixture.js';
import { type Follower, PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const HOUR_MS = 3_600_000;

describe('what people do about alerts through the API', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const other = `other-${randomUUID()}`;
  const fingerprints = { web: hex(), db: hex(), other: hex() };
  let api: ApiFixture;
  let audit: Follower<AuditRecord>;
  const folder = mkdtempSync(join(tmpdir(), 'tactus-acting-'));
  const keys = { read: '', operate: '', other: '' };

  function hex() {
    return randomUUID().replaceAll('-', '').slice(0, 16);
  }

  before(async () => {
    const rules = join(folder, 'rules.yaml');
    writeFileSync(
      rules,
      JSON.stringify({
        rules: [
          { name: 'Hot', tenant: own, window: '10s', expr: 'mean > 90.0', for: '5m' },
          { name: 'Theirs', tenant: other, window: '10s', expr: 'mean > 1.0' },
          { name: 'Never', window: '10s', metric: 'nothing', expr: 'mean > 1.0' },
        ],
      }),
    );
    api = await ApiFixture.start('api-acting', { RULES_FILE: rules });
    const alert = (tenant: string, fingerprint: string, host: string, severity: string) =>
      api.pool.query(
        `INSERT INTO tactus.alerts VALUES ($2, now() - interval '5 minutes', 'Hot', $1, 'firing', $4,
           jsonb_build_object('alertname', 'Hot', 'tenant', $1::text, 'host', $3::text), jsonb_build_object('summary', 'hot for ' || $1),
           95, NULL, now())`,
        [tenant, fingerprint, host, severity],
      );
    await Promise.all([
      alert(own, fingerprints.web, 'web-1', 'warning'),
      alert(own, fingerprints.db, 'db-1', 'critical'),
      alert(other, fingerprints.other, 'web-1', 'warning'),
    ]);
    [keys.read, keys.operate, keys.other] = await Promise.all([
      api.key(own, 'read'),
      api.key(own, 'operate'),
      api.key(other, 'operate'),
    ]);
    audit = await new PlainClient(sharedServers(), api.prefix).follow<AuditRecord>('audit');
    await until('the keys to be known', async () => {
      const answers = await Promise.all(Object.values(keys).map((key) => api.ask(key, '/api/v1/alerts')));
      return answers.every(({ status }) => status === 200);
    });
  });

  after(async () => {
    await Promise.all([api.stop(), audit.close()]);
    rmSync(folder, { recursive: true });
  });

  const post = (key: string, path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    api.ask(key, `/api/v1/${path}`, { method: 'POST', body, headers });
  const audited = (action: string, resource: string) =>
    until(`${action} of ${resource} in audit`, () =>
      audit.values.find((one) => one.action === action && one.resource === resource),
    );

  it('lists alerts of the tenant by state, severity, rule and label, in pages', async () => {
    const list = async (query: string) => {
      const { status, body } = await api.ask(keys.read, `/api/v1/alerts?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      assert.ok(!JSON.stringify(body).includes(other));
      return body;
    };
    const hosts = async (query: string) =>
      (await list(query)).items.map(({ labels }: { labels: { host: string } }) => labels.host).sort();
    assert.deepEqual(await hosts(''), ['db-1', 'web-1']);
    assert.deepEqual(await hosts('state=resolved'), []);
    assert.deepEqual(await hosts('severity=critical&rule=Hot'), ['db-1']);
    assert.deepEqual(await hosts('label=host%3Dweb-1&label=alertname%3DHot'), ['web-1']);
    const first = await list('limit=1');
    const second = await list(`limit=1&cursor=${first.nextCursor}`);
    assert.equal(second.nextCursor, null);
    assert.notEqual(first.items[0].fingerprint, second.items[0].fingerprint);
  });

  it('shows one alert with the times that it went up, and none of another tenant', async () => {
    const { body } = await api.ask(keys.read, `/api/v1/alerts/${fingerprints.web}`);
    assert.deepEqual([body.labels.host, body.occurrences.length, body.acknowledged], ['web-1', 1, false]);
    for (const path of [`alerts/${fingerprints.other}`, 'alerts/nothing']) {
      const answer = await api.ask(keys.read, `/api/v1/${path}`);
      assert.deepEqual([answer.status, answer.body.code], [404, 'TACTUS_NOT_FOUND'], path);
    }
  });

  it('lists who was notified of an alert, newest first and in pages, of the own tenant alone', async () => {
    for (const [tenant, id, outcome, reason] of [
      [own, 'n1', 'failed', null],
      [own, 'n2', 'suppressed', 'silenced'],
      [other, 'n3', 'delivered', null],
    ])
      await api.pool.query(
        `INSERT INTO tactus.notifications VALUES (now(), $1, $2, $3, now(), 'ops', 'slack', $4, 'firing', 1, NULL, $5, 0)`,
        [tenant, id, fingerprints.web, outcome, reason],
      );
    const path = `/api/v1/alerts/${fingerprints.web}/notifications?limit=1`;
    const { status, body } = await api.ask(keys.read, path);
    assert.equal(status, 200, JSON.stringify(body));
    const next = await api.ask(keys.read, `${path}&cursor=${body.nextCursor}`);
    assert.deepEqual(
      [body.items[0], next.body.items[0]].map(({ channel, outcome, reason }) => [channel, outcome, reason]),
      [
        ['ops', 'suppressed', 'silenced'],
        ['ops', 'failed', null],
      ],
    );
    assert.equal(next.body.nextCursor, null);
    assert.equal((await api.ask(keys.other, path)).status, 404);
  });

  it('acknowledges, for the own tenant and who may operate', async () => {
    const path = `alerts/${fingerprints.web}/ack`;
    assert.equal((await post(keys.read, path)).status, 403);
    assert.equal((await post(keys.other, path)).status, 404);
    await api.pool.query(
      `INSERT INTO tactus.alert_states SELECT starts_at, tenant_id, fingerprint, state, starts_at + interval '1 minute', value
       FROM tactus.alerts WHERE fingerprint = $1`,
      [fingerprints.web],
    );
    const plain = await api.ask(keys.operate, `/api/v1/${path}`, { method: 'POST' });
    assert.equal(plain.status, 200, JSON.stringify(plain.body));
    const { status, body } = await post(keys.operate, path, { comment: 'looking' });
    assert.equal(status, 200, JSON.stringify(body));
    const shown = await api.ask(keys.read, `/api/v1/alerts/${fingerprints.web}`);
    assert.equal(shown.body.acknowledged, true);
    const [latest, before] = shown.body.history;
    assert.deepEqual([latest.state, latest.by, latest.comment], ['acknowledged', body.by, 'looking']);
    assert.deepEqual([before.state, before.startsAt], ['firing', latest.startsAt]);
    const entry = await audited('alerts.acknowledgement', `acknowledgement/${fingerprints.web}`);
    assert.deepEqual([entry.tenantId, entry.outcome, entry.user], [own, 'done', body.by]);
    assert.match(entry.user, /^key:/);
    const refusal = await audited('access', `POST /api/v1/${path}`);
    assert.deepEqual([refusal.tenantId, refusal.outcome], [own, 'refused']);
  });

  it('silences alerts of the own tenant alone, after a preview, until it is ended', async () => {
    const wanted = { matchers: ['host="web-1"'], for: '1h', comment: 'move' };
    const preview = await post(keys.read, 'silences/preview', wanted);
    assert.equal(preview.status, 200, JSON.stringify(preview.body));
    assert.deepEqual(
      preview.body.hidden.map(({ fingerprint }: { fingerprint: string }) => fingerprint),
      [fingerprints.web],
    );
    const { status, body } = await post(keys.operate, 'silences', wanted);
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.tenantId, body.active, body.comment], [own, true, 'move']);
    const silenced = async (key: string, fingerprint: string) =>
      (await api.ask(key, `/api/v1/alerts/${fingerprint}`)).body.silenced;
    assert.equal(await silenced(keys.read, fingerprints.web), true);
    assert.equal(await silenced(keys.other, fingerprints.other), false);
    const ids = async (key: string) =>
      (await api.ask(key, '/api/v1/silences')).body.items.map(({ id }: { id: string }) => id);
    assert.deepEqual([await ids(keys.read), await ids(keys.other)], [[body.id], []]);
    const change = async (key: string, etag: string, changed: object) =>
      await api.ask(key, `/api/v1/silences/${body.id}`, {
        ...{ method: 'PUT', body: { ...wanted, ...changed } },
        headers: { 'if-match': etag },
      });
    const longer = await change(keys.operate, body.etag, { for: '2h', comment: 'still' });
    assert.equal(longer.status, 200, JSON.stringify(longer.body));
    assert.deepEqual(
      [longer.body.id, longer.body.startsAt, longer.body.comment, longer.headers.get('etag')],
      [body.id, body.startsAt, 'still', longer.body.etag],
    );
    const late = await change(keys.operate, body.etag, { for: '30m' });
    assert.deepEqual(
      [late.status, late.body.code, late.headers.get('etag')],
      [...[412, 'TACTUS_VERSION_MISMATCH', longer.body.etag]],
    );
    assert.match(late.body.detail, /the silence was changed since it was read, by key:/);
    assert.equal((await change(keys.other, longer.body.etag, {})).status, 404);
    assert.equal((await change(keys.read, longer.body.etag, {})).status, 403);
    const endless = await change(keys.operate, longer.body.etag, { for: '366d' });
    assert.deepEqual([endless.status, /TACTUS_ALERT_MAX_SILENCE_MS/.test(endless.body.detail)], [400, true]);
    const end = (key: string) => api.ask(key, `/api/v1/silences/${body.id}`, { method: 'DELETE' });
    assert.equal((await end(keys.other)).status, 404, 'another tenant does not end it');
    assert.equal((await end(keys.read)).status, 403);
    assert.equal((await end(keys.operate)).status, 204);
    assert.equal(await silenced(keys.read, fingerprints.web), false);
    assert.equal((await audited('alerts.unsilence', `silence/${body.id}`)).tenantId, own);
  });

  it('takes silences that start later, and refuses wrong ones by name', async () => {
    const startsAt = new Date(Date.now() + HOUR_MS).toISOString();
    const { status, body } = await post(keys.operate, 'silences', {
      ...{ matchers: ['severity!="info"', 'host=~"web-.*"'], startsAt, for: '30m' },
    });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.active, body.startsAt], [false, startsAt]);
    const cases: [object, RegExp][] = [
      [{ matchers: ['host=~".*"'], for: '1h' }, /matchers: none selects certain alerts/],
      [{ matchers: ['host=~"(a)\\\\1"'], for: '1h' }, /matchers\.0: must be .*value was/],
      [{ matchers: ['a="b"'] }, /endsAt: missing; allowed is either endsAt or for/],
      [{ matchers: ['a="b"'], for: '1h', endsAt: startsAt }, /for: is given beside endsAt/],
      [{ matchers: ['a="b"'], endsAt: '2020-01-01T00:00:00Z' }, /endsAt: must be after startsAt and now/],
      [{ matchers: [], for: '1h' }, /matchers: .*must NOT have fewer than 1 items/],
      [{ matchers: ['a="b"'], for: '1h', tenant: other }, /tenant: is not known here/],
    ];
    for (const [wanted, detail] of cases) {
      const answer = await post(keys.operate, 'silences', wanted);
      assert.equal(answer.status, 400, JSON.stringify(wanted));
      assert.match(answer.body.detail, detail);
    }
  });

  it('does a request once, however often it comes with the same Idempotency-Key', async () => {
    const wanted = { matchers: [`host="${randomUUID()}"`], for: '1h' };
    const key = { 'idempotency-key': randomUUID() };
    const first = await post(keys.operate, 'silences', wanted, key);
    const again = await post(keys.operate, 'silences', wanted, key);
    assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const another = await post(keys.operate, 'silences', { ...wanted, for: '2h' }, key);
    assert.deepEqual([another.status, another.body.code], [422, 'TACTUS_CONFLICT']);
    const { body } = await api.ask(keys.read, '/api/v1/silences');
    const made = body.items.filter(
      ({ matchers }: { matchers: string[] }) => matchers[0] === wanted.matchers[0],
    );
    assert.equal(made.length, 1);
    const refused = { 'idempotency-key': randomUUID() };
    assert.equal((await post(keys.operate, 'silences', { ...wanted, for: 'x' }, refused)).status, 400);
    assert.equal(
      (await post(keys.operate, 'silences', wanted, refused)).status,
      201,
      'a refusal takes no key',
    );
  });

  it('makes, replaces and removes rules of the own tenant alone, below rules and alerts', async () => {
    const rule = { name: 'Slow', window: '10s', metric: 'latency', expr: 'mean > 300.0', for: '30s' };
    assert.equal((await post(keys.read, 'rules', rule)).status, 403);
    const { status, body } = await post(keys.operate, 'rules', { ...rule, groupBy: ['shop'] });
    assert.equal(status, 201, JSON.stringify(body));
    const { updatedAt: _, ...shown } = body;
    assert.deepEqual(shown, { ...rule, groupBy: ['shop'], severity: 'warning', on: 'window', enabled: true });
    assert.equal((await post(keys.operate, 'rules', rule)).status, 409);
    assert.equal(
      (await post(keys.other, 'alerts', rule)).status,
      201,
      'another tenant has its own of that name',
    );
    const change = (key: string, method: string, path: string, content?: object) =>
      api.ask(key, `/api/v1/${path}/Slow`, { method, ...(content !== undefined && { body: content }) });
    const { name: __, ...content } = rule;
    assert.equal(
      (await change(keys.operate, 'PUT', 'alerts', { ...content, expr: 'mean > 1.0' })).status,
      200,
    );
    assert.equal((await api.ask(keys.read, '/api/v1/rules/Slow')).body.expr, 'mean > 1.0');
    assert.equal((await api.ask(keys.read, '/api/v1/alerts/Slow')).body.expr, 'mean > 1.0');
    assert.equal((await api.ask(keys.other, '/api/v1/rules/Slow')).body.expr, rule.expr);
    const list = await api.ask(keys.read, '/api/v1/rules?origin=api');
    assert.deepEqual(
      list.body.items.map(({ name }: { name: string }) => name),
      ['Slow'],
    );
    assert.equal((await change(keys.other, 'DELETE', 'rules')).status, 204);
    assert.equal((await api.ask(keys.read, '/api/v1/rules/Slow')).status, 200, 'the own one stays');
    assert.equal((await change(keys.operate, 'DELETE', 'rules')).status, 204);
    assert.equal((await change(keys.operate, 'DELETE', 'rules')).status, 404);
    assert.equal((await audited('rule.apply', 'rule/Slow')).outcome, 'done');
    const wrong = await post(keys.operate, 'rules', { ...rule, expr: 'mena > 300.0', tenant: '*' });
    assert.match(wrong.body.detail, /tenant: is not known here/);
    const unknown = await post(keys.operate, 'rules', { ...rule, expr: 'mena > 300.0' });
    assert.deepEqual([unknown.status, unknown.body.code], [400, 'TACTUS_REQUEST_INVALID']);
    assert.match(unknown.body.detail, /expr.*mena/);
  });

  it('makes recording rules, unless another records the same, and rules that expect series', async () => {
    const rule = {
      name: 'Spread',
      record: 'latency:spread',
      window: '10s',
      metric: 'latency',
      expr: 'max - min',
    };
    const made = await post(keys.operate, 'rules', { ...rule, labels: { of: 'all' } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { updatedAt: _, ...shown } = made.body;
    assert.deepEqual(shown, { ...rule, labels: { of: 'all' }, on: 'window', enabled: true });
    const again = await post(keys.operate, 'rules', { ...rule, name: 'Again' });
    assert.equal(again.status, 400);
    assert.match(again.body.detail, /^rule "Again": rule "Spread" records latency:spread too/);
    const read = { ...rule, name: 'Next', record: 'latency:next', metric: 'latency:spread' };
    assert.match((await post(keys.operate, 'rules', read)).body.detail, /is what rule "Spread" records/);
    const slow = await post(keys.operate, 'rules', { ...rule, name: 'Slow', severity: 'info' });
    assert.match(slow.body.detail, /severity: is allowed without `record` only/);
    const up = { ...rule, name: 'Up', noData: 'alert', expected: [{ tags: { host: 'a' } }] };
    const { record: __, expr: ___, ...expecting } = up;
    const missing = await post(keys.operate, 'rules', expecting);
    assert.deepEqual(
      [missing.status, missing.body.expected],
      [201, up.expected],
      JSON.stringify(missing.body),
    );
    assert.equal((await api.ask(keys.operate, '/api/v1/rules/Up', { method: 'DELETE' })).status, 204);
    const time = Math.floor(Date.now() / 10_000) * 10_000;
    await api.pool.query(
      `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id, kind, source, series)
       SELECT to_timestamp(($2::float8 - 1) / 1000) + later * INTERVAL '1 second', $1, 'latency:spread', '{}', 1, source, 'recorded',
         source, tactus.series_id($1, 'latency:spread', '{}')
       FROM (VALUES ('rule/Spread', 0), ('rule/Other', 1)) AS r (source, later)`,
      [own, time],
    );
    const at = isoTime(time);
    const other = await post(keys.operate, 'rules', { ...rule, name: 'Third', labels: { of: 'none' } });
    assert.equal(other.status, 201, JSON.stringify(other.body));
    const third = await api.ask(keys.read, '/api/v1/rules/Third');
    assert.equal(third.body.recordedAt, null, 'what others record as the same metric is theirs');
    assert.equal((await api.ask(keys.operate, '/api/v1/rules/Third', { method: 'DELETE' })).status, 204);
    const { body } = await api.ask(keys.read, '/api/v1/rules/Spread');
    assert.deepEqual([body.recordedAt, body.severity, body.problem], [at, undefined, null]);
    const records = await api.ask(keys.read, '/prom/api/v1/rules?type=record');
    assert.deepEqual(
      records.body.data.groups[0].rules.map((one: Record<string, string>) => [
        ...[one.name, one.health, one.lastEvaluation],
      ]),
      [['latency:spread', 'ok', at]],
    );
    assert.equal((await api.ask(keys.operate, '/api/v1/rules/Spread', { method: 'DELETE' })).status, 204);
  });

  it('lists rules of the file and of control.rules too, which cannot be changed here', async () => {
    const list = async (key: string) => {
      const { status, body } = await api.ask(key, '/api/v1/rules');
      assert.equal(status, 200, JSON.stringify(body));
      return body.items as { name: string; origin: string; state: string; firing: number }[];
    };
    const shown = (items: Awaited<ReturnType<typeof list>>) =>
      items.map(({ name, origin, state, firing }) => `${name} ${origin} ${state} ${firing}`);
    assert.deepEqual(shown(await list(keys.read)), ['Hot file firing 2', 'Never file inactive 0']);
    assert.deepEqual(shown(await list(keys.other)), ['Never file inactive 0', 'Theirs file inactive 0']);
    const first = await api.ask(keys.read, '/api/v1/rules?limit=1');
    const second = await api.ask(keys.read, `/api/v1/rules?limit=1&cursor=${first.body.nextCursor}`);
    assert.deepEqual(
      [first, second].map(({ body }) => body.items[0].name),
      ['Hot', 'Never'],
    );
    const hot = await api.ask(keys.read, '/api/v1/rules/Hot');
    assert.deepEqual(
      [hot.body.expr, hot.body.for, hot.body.updatedAt, hot.body.tenant, hot.body.problem],
      ['mean > 90.0', '5m', null, undefined, null],
    );
    assert.equal((await api.ask(keys.other, '/api/v1/rules/Hot')).status, 404);
    const rule = { window: '10s', expr: 'mean > 1.0' };
    for (const refused of await Promise.all([
      post(keys.operate, 'rules', { name: 'Hot', ...rule }),
      api.ask(keys.operate, '/api/v1/rules/Hot', { method: 'PUT', body: rule }),
      api.ask(keys.operate, '/api/v1/rules/Hot', { method: 'DELETE' }),
    ])) {
      assert.deepEqual([refused.status, refused.body.code], [409, 'TACTUS_CONFLICT']);
      assert.match(refused.body.detail, /"Hot" is of RULES_FILE/);
    }
    const prometheus = await api.ask(keys.read, '/prom/api/v1/rules?type=alert');
    assert.deepEqual(
      prometheus.body.data.groups[0].rules.map((one: { name: string; state: string; alerts: object[] }) => [
        ...[one.name, one.state, one.alerts.length],
      ]),
      [
        ['Hot', 'firing', 2],
        ['Never', 'inactive', 0],
      ],
    );
    assert.doesNotMatch(JSON.stringify(prometheus.body), new RegExp(other));
  });

  it('checks and tests rules, with the place of each mistake', async () => {
    const rules = 'rules:\n  - { name: Slow, window: 10s, metric: latency, expr: mean > 300.0, for: 10s }\n';
    const good = await post(keys.read, 'rules/check', { rules });
    assert.deepEqual(good.body, {
      mistakes: [],
      rules: [{ name: 'Slow', on: 'window', severity: 'warning', expr: 'mean > 300.0', record: null }],
      warnings: [],
    });
    const seen = await post(keys.read, 'rules/check', { rules, seen: true });
    assert.deepEqual(seen.body.warnings, ['rule "Slow": no metric latency was seen in windows "10s"']);
    const bad = await post(keys.read, 'rules/check', { rules: rules.replace('mean', 'mena') });
    assert.deepEqual(
      [bad.status, bad.body.mistakes[0].line, bad.body.mistakes[0].key],
      [200, 2, 'rules[0].expr'],
    );
    const tests =
      'tests:\n  - series: [{ metric: latency, values: 10 400x3 }]\n    alerts: [{ at: 30s, rule: Slow, expect: [{}] }, { at: 20s, rule: Slow }]\n';
    const tested = await post(keys.read, 'rules/test', { rules, tests });
    assert.equal(tested.status, 200, JSON.stringify(tested.body));
    assert.deepEqual([tested.body.passed, tested.body.failed], [0, 1]);
    assert.match(tested.body.tests[0].problems[0], /at 20 s, Slow: not expected/);
  });

  it('backtests rules over what is stored of the tenant', async () => {
    // Not so long ago that it may be compressed: others use the tables too.
    const from = (Math.floor(Date.now() / 86_400_000) - 3) * 86_400;
    // Windows of another metric and of another definition, at which the rule does not look, are not counted.
    for (const tenant of [own, other])
      await api.pool.query(
        `INSERT INTO tactus.windows
         SELECT to_timestamp(t), to_timestamp(t + 10), $1, metric, '{}', definition, 1, v, v, v, v, 0, v, v, NULL, to_timestamp(t + 10), now()
         FROM (SELECT $2::bigint + 10 * n AS t, CASE WHEN n BETWEEN 3 AND 6 THEN 400 ELSE 10 END AS v FROM generate_series(0, 11) AS n) AS w,
           (VALUES ('latency', '10s'), ('latency', '1s'), ('other', '10s')) AS of (metric, definition)`,
        [tenant, from],
      );
    const rules =
      'rules:\n  - { name: Slow, window: 10s, metric: latency, expr: mean > 300.0, for: 10s }\n  - { record: double, window: 10s, metric: latency, expr: 2.0 * mean }\n';
    const { status, body } = await post(keys.read, 'rules/backtest', {
      ...{ rules, from: isoTime(from * 1_000), to: isoTime((from + 1_800) * 1_000) },
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.windows, body.fired, body.recorded, body.complete], [12, 1, 12, true]);
    assert.ok(!JSON.stringify(body).includes(other));
    const states = body.changes.map(({ state }: { state: string }) => state);
    assert.deepEqual(states, ['pending', 'firing', 'resolved']);
  });
});
