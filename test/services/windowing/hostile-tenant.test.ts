import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MetricPoint } from '../../../schemas/types.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkPoint } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';
import { GOOD, goodPoint, hostilePoint } from '../../bench/soak/points.js';
import { GAUGE, START } from '../../support/point.js';

const MINUTE_MS = 60_000;
const STEP_MS = 500;
const codecs = staticCodecs();
const points = codecs.encoder('ingest.metrics');
const windows = codecs.decoder('windows');

const ingest = ingestStage<MetricPoint>({
  output: 'metrics',
  decoder: codecs.decoder('ingest.metrics'),
  limits: { maxFutureMs: 10 * MINUTE_MS, maxAgeMs: 3e11, maxValueBytes: 65_536, maxTags: 64 },
  check: checkPoint,
  subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
  inPlace: true,
  tenants: new Tenants({ rejectUnknown: false, maxSeries: 5_000 }),
  recentIds: new RecentIds(MINUTE_MS, 100_000),
  dedupWindowMs: MINUTE_MS,
  series: new LiveSeries(1_000_000),
  seriesIdleMs: MINUTE_MS,
  time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
});
const windowing = windowingStage({
  ...{
    definitions: () => DEFAULT_DEFINITIONS,
    idleTimeoutMs: 5_000,
    watermarkHoldMs: 600_000,
    maxSeries: 200_000,
  },
  decoder: codecs.decoder('metrics'),
  ...{ windows: codecs.encoder('windows'), late: codecs.encoder('late') },
});

const fresh = (topic: string) => ({ topic, partition: 0, checkpoint: null, changelog: new Map() });

it('keeps its memory, and the windows of a good tenant, beside one that does everything it may', () => {
  const first = ingest.restore(fresh('ingest.metrics'));
  const second = windowing.restore(fresh('metrics'));
  const next = { ingest: 0, windowing: 0, good: 0, hostile: 0 };
  const [sent, counted] = [new Map<string, number>(), new Map<string, number>()];
  const bytes: number[] = [];
  const step = (now: number) => {
    const good = Array.from({ length: 50 }, () => goodPoint(next.good++, now));
    for (const { metric, tags } of good) {
      const key = `${metric} ${tags.host} ${Math.floor(now / 10_000) * 10_000}`;
      sent.set(key, (sent.get(key) ?? 0) + 1);
    }
    const hostile = Array.from({ length: 250 }, () => hostilePoint(next.hostile++, now));
    const records = [...good, ...hostile].map((point) => ({
      value: points.encode({ ...point, ...GAUGE }),
      timestamp: now,
    }));
    const letIn = ingest.step(
      first,
      arrayBatch({ topic: 'ingest.metrics', records, baseOffset: next.ingest }),
      now,
    );
    next.ingest += records.length;
    const passed = [...letIn.outputs].map(({ value }) => ({ value: Buffer.from(value), timestamp: now }));
    const { outputs } = windowing.step(
      second,
      arrayBatch({ topic: 'metrics', records: passed, baseOffset: next.windowing }),
      now,
    );
    next.windowing += passed.length;
    for (const { topic, key, value } of outputs) {
      if (topic !== 'windows' || !key?.toString().startsWith(`${GOOD}|`)) continue;
      const { metric, tags, start, count, window } = windows.decode(value);
      if (window === '10s') counted.set(`${metric} ${tags.host} ${start}`, count);
    }
  };
  for (let minute = 0; minute < 4; minute++) {
    for (let at = 0; at < MINUTE_MS; at += STEP_MS) step(START + minute * MINUTE_MS + at);
    bytes.push(second.windows.bytes);
  }
  assert.ok(counted.size > 2_000, `${counted.size} windows`);
  for (const [key, count] of counted) assert.equal(count, sent.get(key), key);
  assert.ok(Math.max(...bytes) < 14_000_000, `windowing holds ${bytes.join(', ')} bytes`);
});
