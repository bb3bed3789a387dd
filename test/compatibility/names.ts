import type { Alert, Event } from '../../schemas/types.js';
import { alertmanagerPayload } from '../../services/alerting/notify/alertmanager-payload.js';
import { postOf as channelPost } from '../../services/alerting/notify/payloads.js';
import { toJoint, toSilence } from '../../services/anomaly/to-anomaly.js';
import { archiveHandler } from '../../services/sink/parquet/handler.js';
import { LAYOUTS } from '../../services/sink/parquet/layout.js';
import { latestEntries, windowEntries } from '../../services/sink/redis/entries.js';
import { tagsKey } from '../../services/sink/rows/json.js';
import { postOf } from '../../services/sink/webhook/request.js';
import { partitionOf } from '../../shared/adapters/kafka/protocol/murmur2.js';
import { migrate } from '../../shared/adapters/postgres/migrate.js';
import { fingerprintOf as alertFingerprint } from '../../shared/alerting/rules/rule.js';
import { subjectOf } from '../../shared/catalog/schemas.js';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import { newJoint } from '../../shared/detection/joint-watch.js';
import { DEFAULT_DEFINITIONS } from '../../shared/windows/definition.js';
import { fingerprintOf, readPosition, writePosition } from '../../shared/windows/position.js';
import { controlKey } from '../../shared/wire/control-key.js';
import { seriesKey, writeIdentity } from '../../shared/wire/series.js';
import { pointOf } from '../support/point.js';
import { codecs, START } from './scenario.js';
import { windowOf } from './scenarios/window.js';
import { WINDOWS } from './scenarios/windowing.js';

/** UTF-16 units, code points, bytes and locales put these into four different orders. */
const TAGS = { b: '1', '\u{1f600}': '"', '\uffee': '\\', ä: '5', Z: '', a10: '6', a9: '7', a: 'ü' };

/**
 * Whatever names something in a log, a database, a cache, or at a receiver: a later build must find it, or report a
 * repetition, by the same name.
 */
export async function names(): Promise<Record<string, unknown>> {
  const series = { tenantId: 'acme', metric: 'cpu', tags: TAGS };
  const identity = seriesKey('acme', 'cpu', TAGS, null);
  const definitions = [...DEFAULT_DEFINITIONS, ...parseDefinitions(WINDOWS, 'windows.yaml')];
  return {
    'subject of a topic': subjectOf('p.', 'state.joins'),
    'partitions of keys': ['', 'a', 'acme|cpu', 'größe|\u{1f600}', 'tenant-7|requests.rate_3'].map((key) =>
      partitionOf(Buffer.from(key), 1_000),
    ),
    'fingerprints of window definitions': definitions.map((each) => [each.name, fingerprintOf(each)]),
    'checkpoint of windowing': POSITIONS.map((position) => writePosition(position)),
    'checkpoint of windowing, read': POSITIONS.map((position) =>
      readPosition({
        ...{ topic: 'metrics', partition: 0 },
        checkpoint: { offset: 7, metadata: writePosition(position) },
      }),
    ),
    'key of a series': [identity, seriesKey('acme', 'cpu', TAGS, ['b', 'none', 'a'])],
    'bytes of a series': [writeIdentity(series, null), writeIdentity(series, ['b', 'a'])].map((bytes) =>
      Buffer.from(bytes).toString('hex'),
    ),
    'tags as text': tagsKey(TAGS),
    'fingerprint of an alert': alertFingerprint('Hot', 'acme', { ...TAGS, alertname: 'Hot' }),
    'keys of control.alerts': [controlKey.silence('5f3a'), controlKey.acknowledgement('f40cc811482f5c50')],
    'ids of anomalies': [silenceOf(identity), oddRow()].map(({ id, detector }) => [detector, id]),
    'dedup key and delivery of a channel': channelNames(),
    'keys of Redis': [
      latestEntries([{ value: point, arrival: 0 }]).map(({ tenantId, series: field }) => [tenantId, field]),
      windowEntries([{ value: windowOf(1, 5, { tags: TAGS }), arrival: 0 }]).map(({ series: key }) => key),
    ],
    'id of a post': postOf(
      arrayBatch({ topic: 'p.windows', partition: 3, baseOffset: 41, records: RECORDS }),
      [
        { index: 0, value: 1 },
        { index: 1, value: 2 },
      ],
    ).id,
    'paths of the archive': await archivePaths(),
    // More may come after them.
    'first migrations': (await migrationNames()).slice(0, 7),
  };
}

const POSITIONS = [
  { next: 12, time: { highest: START + 1, time: START }, since: { abcdefgh: 0, '-_ABC123': START } },
  { next: 0, time: { highest: null, time: null }, since: {} },
];

const RECORDS = [{ value: Buffer.alloc(1) }, { value: Buffer.alloc(1) }];

const point = pointOf({ tenantId: 'acme', metric: 'cpu', tags: TAGS, timestamp: START, id: '1' });

function silenceOf(identity: string) {
  const heard = { lastStart: START, cadence: { tick: 5, gap: 2, seen: 60 } };
  return toSilence(identity, '10s', heard, { tick: 30, start: START + 250_000 }, START);
}

function oddRow() {
  const group = { metrics: ['cpu', 'load'], start: START, values: Float64Array.of(1, 2), joint: newJoint(2) };
  const result = { isAnomaly: true, isolation: 1, evidence: 2 };
  return toJoint('\u0001acme\u0000', windowOf(1, 5), { group, row: Float32Array.of(1, 2), result }, START);
}

function channelNames() {
  const alert: Alert = {
    ...{
      fingerprint: 'f',
      rule: 'Hot',
      tenantId: 'acme',
      state: 'firing',
      severity: 'warning',
      labels: TAGS,
    },
    ...{ annotations: {}, value: 1, startsAt: START, endsAt: null, updatedAt: START },
  };
  const notification = {
    ...{
      id: 'b7c1',
      channel: 'ops',
      groupKey: '{}:{a="b"}',
      groupLabels: { a: 'b' },
      status: 'firing' as const,
    },
    ...{ firing: [alert], resolved: [], truncated: 0, escalation: 0 },
  };
  const shared = {
    name: 'ops',
    timeoutMs: 1_000,
    maxPerMinute: 60,
    sendResolved: true,
    url: 'https://example.com/',
  };
  const pager = channelPost({ ...shared, type: 'pagerduty', routingKey: 'k' }, notification, START);
  const webhook = channelPost({ ...shared, type: 'webhook', authorization: '' }, notification, START);
  return {
    pagerduty: JSON.parse(pager.body).dedup_key,
    webhook: webhook.headers['idempotency-key'],
    groupKey: alertmanagerPayload(notification).groupKey,
  };
}

/** Of a tenant whose name does not fit, too. */
async function archivePaths(): Promise<string[]> {
  const paths: string[] = [];
  const store = { put: async (path: string) => void paths.push(path) };
  const telemetry = { timeWrite: () => () => {}, written: () => {}, skipped: () => {} };
  const parts = { store, cut: () => 0, telemetry } as unknown as Parameters<typeof archiveHandler>[3];
  const handler = archiveHandler<Event>('events', LAYOUTS.events, codecs.decoder('events'), parts);
  const values = ['acme', 'größe/ 1', 'é'.repeat(60)].map((tenantId) =>
    codecs.encoder('events').encode({
      tenantId,
      type: 'order',
      id: '1',
      timestamp: START,
      payload: '{}',
      source: null,
    } as unknown as Event),
  );
  const batch = arrayBatch({
    topic: 'events',
    partition: 2,
    baseOffset: 41,
    records: values.map((value) => ({ value })),
  });
  await handler.handle(batch, new AbortController().signal);
  return paths;
}

/** What an empty database would be said to have been through: a file under another name would be run again. */
async function migrationNames(): Promise<readonly string[]> {
  const applied: { name: string }[] = [];
  const client = {
    query: async (sql: string | { text: string }) => {
      const text = typeof sql === 'string' ? sql : sql.text;
      const [, name] = /^INSERT INTO "?tactus"?."?migrations"?.*VALUES \('(\w+)'/s.exec(text.trim()) ?? [];
      if (name !== undefined) applied.push({ name });
      const rows = /SELECT "?name"?/i.test(text) ? applied : [];
      return { rows: [...rows], rowCount: rows.length };
    },
    release: () => {},
    on: () => {},
    off: () => {},
  };
  return await migrate({ connect: async () => client } as unknown as Parameters<typeof migrate>[0]);
}
