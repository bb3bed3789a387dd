import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-sse';
import type { AuditRecord } from '../../../../schemas/types.js';
import { type ApiAnswer, ApiFixture } from '../../../support/api-fixture.js';
import { type Follower, PlainClient } from '../../../support/plain-client.js';
import { pointOf } from '../../../support/point.js';
import { refreshRollups } from '../../../support/refresh-rollups.js';
import { refusePoints } from '../../../support/refused-points.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';
import { documentOf, fieldsOf, keptSchema } from './documents.js';

const DAY_MS = 86_400_000;
/** Not so long ago that points of it may be compressed: others use the tables too. */
const DAY = (Math.floor(Date.now() / DAY_MS) - 2) * DAY_MS;
const AT = DAY + DAY_MS / 2;
const RANGE = { from: new Date(DAY).toISOString(), to: new Date(DAY + DAY_MS).toISOString() };
const SOON_MS = 20_000;
const PASSWORD = 'correct horse battery staple';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: { readonly 200?: { readonly content?: object } };
}

describe('what GraphQL answers', { timeout: 240_000 }, () => {
  const own = `own-${randomUUID()}`;
  const other = `other-${randomUUID()}`;
  const name = `ada.${own}`;
  const fingerprint = randomUUID().replaceAll('-', '').slice(0, 16);
  const schema = keptSchema();
  let api: ApiFixture;
  let audit: Follower<AuditRecord>;
  let token = '';
  let userId = '';
  const keys = { read: '', operate: '', admin: '', all: '' };
  const ids = { silence: '', dashboard: 'home', rule: 'Slow', sensitivity: '', letter: '' };

  const ask = (key: string, query: string, variables: object = {}, headers: Record<string, string> = {}) =>
    api.ask(key, '/graphql', { method: 'POST', body: { query, variables }, headers });
  const dataOf = ({ status, body }: ApiAnswer) => {
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  const rest = async (key: string, method: string, path: string, body?: unknown) => {
    const answer = await api.ask(key, `/api/v1/${path}`, { method, ...(body !== undefined && { body }) });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };

  before(async () => {
    api = await ApiFixture.start('api-graphql');
    for (const tenant of [own, other]) {
      await api.pool.query(
        `INSERT INTO tactus.events (time, tenant_id, type, id, subject_id, attributes)
         VALUES (to_timestamp($2::bigint / 1000), $1, 'song_play', $1 || '-1', 'user-1', jsonb_build_object('of', $1::text))`,
        [tenant, AT],
      );
      await api.pool.query(
        `INSERT INTO tactus.metric_points (time, tenant_id, metric, tags, value, id)
         SELECT to_timestamp($2::bigint / 1000 + 10 * n), $1, 'plays', jsonb_build_object('host', 'h' || n % 3), n, $1 || n
         FROM generate_series(1, 30) AS n`,
        [tenant, AT],
      );
      await api.pool.query(
        `INSERT INTO tactus.anomalies
         SELECT to_timestamp($2::bigint / 1000 + n), to_timestamp($2::bigint / 1000 + n + 10), $1 || '-' || n, $1, 'plays',
           jsonb_build_object('host', 'h' || n % 2), 'zscore', '10s', 9, 5, 4, 6, 0.9, 'warning', 'odd for ' || $1, now()
         FROM generate_series(1, 6) AS n`,
        [tenant, AT],
      );
      await api.pool.query(
        `INSERT INTO tactus.alerts
         SELECT $2 || CASE WHEN n = 0 THEN '' ELSE n::text END, now() - interval '5 minutes', 'Hot', $1, 'firing', 'warning',
           jsonb_build_object('alertname', 'Hot', 'tenant', $1::text, 'host', 'web-' || n), jsonb_build_object('summary', 'hot for ' || $1),
           95, NULL, now()
         FROM generate_series(0, 4) AS n`,
        [tenant, tenant === own ? fingerprint : randomUUID()],
      );
      await api.pool.query(
        `INSERT INTO tactus.reconciled ("window", start, tenant_id, tally, judged_at, "end", kind, group_by)
         VALUES ('10s', to_timestamp($2::bigint / 1000), $1, $3, now(), to_timestamp($2::bigint / 1000 + 60), 'aligned', '{}')`,
        [
          ...[tenant, AT],
          JSON.stringify({
            ...{ windows: 2, equal: 1, stored: 20, counted: 19, late: 0, delays: { 0: 2 } },
            causes: { late: 0, refused: 0, missing: 1, duplicated: 0, wrong: 0 },
          }),
        ],
      );
      await api.pool.query(
        `INSERT INTO tactus.differences ("window", slot, tenant_id, number, start, "end", metric, tags, cause, detail, stored_points,
           counted_points, late_points)
         VALUES ('10s', to_timestamp($2::bigint / 1000), $1, 1, to_timestamp($2::bigint / 1000), to_timestamp($2::bigint / 1000 + 20),
           'plays', '{}', 'missing', 'of ' || $1, 1, 0, 0)`,
        [tenant, AT],
      );
    }
    await refreshRollups(api.pool, { start: DAY, end: DAY + 2 * DAY_MS });
    [keys.read, keys.operate, keys.admin, keys.all] = await Promise.all([
      ...[api.key(own, 'read'), api.key(own, 'operate'), api.key(own, 'admin'), api.key('*', 'admin')],
    ] as const);
    const client = new PlainClient(sharedServers(), api.prefix);
    await refusePoints(
      client,
      api.prefix,
      [own, other].map((tenant) => ({ tenant, value: Buffer.from(tenant) })),
    );
    audit = await client.follow<AuditRecord>('audit');
    await until('the keys to be known', async () => {
      const answers = await Promise.all(
        Object.values(keys).map((key) => api.ask(key, `/api/v1/alerts?tenantId=${own}`)),
      );
      return answers.every(({ status }) => status === 200);
    });
    await rest(keys.all, 'PUT', `tenants/${own}`, { name: 'Own' });
    ids.silence = (
      await rest(keys.operate, 'POST', 'silences', { matchers: ['host="web-0"'], for: '1h' })
    ).id;
    await rest(keys.operate, 'POST', 'rules', { name: ids.rule, window: '10s', expr: 'mean > 300.0' });
    await rest(keys.operate, 'POST', 'dashboards', {
      id: ids.dashboard,
      title: 'Home',
      spec: { panels: [1] },
    });
    ids.sensitivity = (
      await rest(keys.operate, 'POST', 'anomalies/sensitivities', { metric: 'plays', sensitivity: 0.7 })
    ).id;
    ids.letter = (await rest(keys.read, 'GET', 'dead-letters')).items[0].id;
    userId = (await rest(keys.admin, 'POST', 'users', { name, password: PASSWORD, role: 'admin' })).id;
    token = (await rest(keys.admin, 'POST', 'auth/login', { username: name, password: PASSWORD }))
      .access_token;
  });

  after(async () => {
    await Promise.all([api.stop(), audit.close()]);
  });

  it('is what each path that reads answers', async () => {
    const { body } = await api.ask(null, '/openapi.json');
    const paths = Object.entries(body.paths as Record<string, { get?: Operation }>).flatMap(
      ([path, { get }]) => (get !== undefined && path.startsWith('/api/v1/') ? [[path, get] as const] : []),
    );
    const compared: string[] = [];
    for (const [path, { operationId, parameters = [], responses }] of paths) {
      const answers = responses[200]?.content;
      if (answers === undefined || !Object.hasOwn(answers, 'application/json')) continue;
      const args = argumentsOf(operationId, new Set(parameters.map((one) => one.name)));
      const query = new URLSearchParams(args as Record<string, string>);
      const url = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
        query.delete(parameter);
        return encodeURIComponent(String(args[parameter as keyof typeof args]));
      });
      const fieldName = operationId.replace(/^(list|get|search)(?=[A-Z])(.)/, (_, __, letter) =>
        letter.toLowerCase(),
      );
      const field = fieldsOf(schema, 'Query').find((one) => one.name === fieldName);
      assert.ok(field, `a field for ${operationId}`);
      const text = operationId === 'getAlert' ? ALERT(args) : documentOf('Query', field, args);
      // What changes by itself, as the pipeline does, may have changed between the two.
      await until(
        `${operationId} to be the same`,
        async () => {
          const expected = await api.ask(token, `${url}?${query}`);
          assert.equal(expected.status, 200, `${path}: ${JSON.stringify(expected.body)}`);
          assert.ok(!JSON.stringify(expected.body).includes(other));
          const found = dataOf(await ask(token, text))[field.name];
          assert.deepEqual(withoutNulls(found), withoutNulls(expected.body));
          return true;
        },
        SOON_MS,
      );
      compared.push(operationId);
    }
    assert.ok(compared.length >= 22, compared.join());
  });

  it('leads from alerts and series to what belongs to them, of no other tenant', async () => {
    const range = `from: "${RANGE.from}", to: "${RANGE.to}"`;
    const data = dataOf(
      await ask(
        keys.read,
        `{ alerts { items { fingerprint labels silences { id } occurrences { annotations } definition { name } } }
           series(metric: "plays", ${range}) { series { tags anomalies(${range}, limit: 2) { id explanation } } } }`,
      ),
    );
    const alerts: { fingerprint: string; silences: object[]; occurrences: object[] }[] = data.alerts.items;
    assert.equal(alerts.length, 5);
    for (const alert of alerts)
      assert.deepEqual(
        [alert.silences, alert.occurrences.length],
        [alert.fingerprint === fingerprint ? [{ id: ids.silence }] : [], 1],
      );
    const series: { tags: { host: string }; anomalies: { id: string }[] }[] = data.series.series;
    assert.deepEqual(
      series.map(({ tags, anomalies }) => [tags.host, anomalies.map(({ id }) => id)]),
      [
        ['h0', [`${own}-6`, `${own}-4`]],
        ['h1', [`${own}-5`, `${own}-3`]],
        ['h2', []],
      ],
    );
    assert.ok(!JSON.stringify(data).includes(other));
  });

  it('is nothing of another tenant, however it is named', async () => {
    for (const [field, headers] of [
      [`events(tenantId: "${other}") { items { id } }`, {}],
      ['events { items { id } }', { 'x-scope-orgid': other }],
      [`metricsOfTenant(tenantId: "${other}") { items { metric } }`, {}],
    ] as const) {
      const { status, body } = await ask(keys.read, `{ ${field} }`, {}, headers);
      const { code } = status === 200 ? body.errors[0].extensions : body;
      assert.equal(code, 'TACTUS_NOT_ALLOWED', field);
      assert.ok(status === 403 || body.data.events == null, JSON.stringify(body));
    }
    assert.equal(
      (await api.ask(null, '/graphql', { method: 'POST', body: { query: '{ __typename }' } })).status,
      401,
    );
  });

  it('changes alerts, silences and rules, each once, for who may operate, and audit has who', async () => {
    const text = `mutation ($input: NewSilenceInput!, $key: String) {
      createSilence(input: $input, idempotencyKey: $key) { id tenantId comment by }
    }`;
    const variables = {
      input: { matchers: ['host="web-1"'], for: '1h', comment: 'move', startsAt: null },
      key: randomUUID(),
    };
    const [first, second] = [
      await ask(keys.operate, text, variables),
      await ask(keys.operate, text, variables),
    ];
    const made = dataOf(first).createSilence;
    assert.deepEqual([made.tenantId, made.comment], [own, 'move']);
    assert.deepEqual(dataOf(second).createSilence, made);
    const another = { ...variables, input: { ...variables.input, for: '2h' } };
    const { errors } = (await ask(keys.operate, text, another)).body;
    assert.deepEqual(errors[0].extensions, { code: 'TACTUS_CONFLICT', status: 422 });
    const refused = (await ask(keys.read, text, variables)).body;
    assert.deepEqual(refused.errors[0].extensions, { code: 'TACTUS_NOT_ALLOWED', status: 403 });

    const several = dataOf(
      await ask(
        keys.operate,
        `mutation {
          endSilence(id: "${made.id}")
          acknowledgeAlert(fingerprint: "${fingerprint}", input: { comment: "looking" }) { by }
          createRule(input: { name: "Fast", window: "10s", expr: "mean < 3.0", severity: critical }) { name severity }
          replaceRule(id: "Fast", input: { window: "10s", expr: "mean < 2.0" }) { expr }
          removeRule(id: "Fast")
        }`,
      ),
    );
    assert.deepEqual(several, {
      endSilence: true,
      acknowledgeAlert: { by: made.by },
      createRule: { name: 'Fast', severity: 'critical' },
      replaceRule: { expr: 'mean < 2.0' },
      removeRule: true,
    });
    assert.equal((await api.ask(keys.read, `/api/v1/alerts/${fingerprint}`)).body.acknowledged, true);
    assert.equal((await api.ask(keys.read, `/api/v1/silences/${made.id}`)).status, 404);
    for (const [action, resource, outcome] of [
      ['alerts.silence', `silence/${made.id}`, 'done'],
      ['alerts.unsilence', `silence/${made.id}`, 'done'],
      ['alerts.acknowledgement', `acknowledgement/${fingerprint}`, 'done'],
      ['access', 'POST /graphql#createSilence', 'refused'],
    ]) {
      const entry = await until(`${action} in audit`, () =>
        audit.values.find((one) => one.action === action && one.resource === resource),
      );
      assert.deepEqual([entry.tenantId, entry.outcome], [own, outcome]);
    }
  });

  it('is sent as it comes to who subscribes', async () => {
    const client = new PlainClient(sharedServers(), api.prefix);
    const encode = await client.encoder('metrics');
    const produce = (tenantId: string, value: number) => {
      const point = pointOf({ tenantId, metric: 'live', value, timestamp: Date.now() });
      return client.produce('metrics', [{ key: `${tenantId}|live`, value: encode(point) }]);
    };
    const subscription = createClient({
      url: `${api.url}/graphql`,
      headers: { authorization: `Bearer ${keys.read}` },
    }).iterate<{ live: { updates?: { tenantId: string; value: number }[] } }>({
      query:
        'subscription { live(metric: "li*") { __typename ... on MetricUpdates { updates { tenantId value } } } }',
    });
    const begun = await subscription.next();
    assert.deepEqual(begun.value?.data?.live, { __typename: 'Subscribed' });
    await produce(other, 1);
    await produce(own, 2);
    const update = await subscription.next();
    assert.deepEqual(update.value?.data?.live.updates, [{ tenantId: own, value: 2 }]);
    await subscription.return?.();
  });

  const ALERT = ({ id }: { readonly id?: string | undefined }) => {
    const field = fieldsOf(schema, 'Query').find((one) => one.name === 'alerts');
    assert.ok(field);
    const fields = /items \{ (.*) \} nextCursor/.exec(documentOf('Query', field))?.[1];
    return `{ alert(id: "${id}") { ... on AlertWithTimes { ${fields} occurrences { ${fields} } history { startsAt state at by comment } } } }`;
  };

  function argumentsOf(operationId: string, known: ReadonlySet<string>) {
    const id = {
      ...{ getAlert: fingerprint, getSilence: ids.silence, getRule: ids.rule },
      ...{ getDashboard: ids.dashboard, listDashboardShares: ids.dashboard, getUser: userId },
      ...{ getAnomaly: `${own}-1`, getAnomalySensitivity: ids.sensitivity, getDeadLetter: ids.letter },
    }[operationId];
    const start = operationId === 'getWindowRecords' ? new Date(AT).toISOString() : undefined;
    const all = { ...RANGE, tenantId: own, metric: 'plays', window: '10s', start, id, fingerprint };
    return Object.fromEntries(
      Object.entries(all).filter(([parameter, value]) => known.has(parameter) && value !== undefined),
    ) as Partial<Record<keyof typeof all, string>>;
  }
});

/** What is not there is null in GraphQL. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === null ? [] : [[key, withoutNulls(one)]])),
  );
}
