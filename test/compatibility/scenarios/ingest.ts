import type { MetricPoint } from '../../../schemas/types.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { checkPoint } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { pointOf } from '../../support/point.js';
import { anyStage, codecs, type Scenario, START } from '../scenario.js';

const WINDOW_MS = 600_000;
const points = codecs.encoder('ingest.metrics');

function step(arrivedMs: number, ...all: Partial<MetricPoint>[]) {
  const now = START + arrivedMs;
  const records = all.map((more) => {
    const rest = {
      tenantId: 'acme',
      metric: 'cpu',
      tags: { zone: 'eu', host: 'a' },
      timestamp: now,
      id: 'i',
    };
    return {
      value: points.encode(pointOf({ ...rest, ...more })),
      timestamp: now,
    };
  });
  return { now, records };
}

/**
 * A tenant may have three series and has them: after the restart only those get in that the changelog names, by
 * the hash that both ways of reading find (the one of texts beyond ASCII, too). Ids are learnt by reading again.
 */
export const ingest: Scenario = {
  name: 'ingest',
  input: 'ingest.metrics',
  open: () =>
    anyStage(
      ingestStage<MetricPoint>({
        output: 'metrics',
        decoder: codecs.decoder('ingest.metrics'),
        limits: { maxFutureMs: WINDOW_MS, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 8 },
        check: checkPoint,
        subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
        inPlace: true,
        tenants: new Tenants({ rejectUnknown: false, maxSeries: 3 }),
        recentIds: new RecentIds(WINDOW_MS, 1_000),
        dedupWindowMs: WINDOW_MS,
        series: new LiveSeries(100),
        seriesIdleMs: 2 * WINDOW_MS,
        time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
      }),
    ),
  before: [
    step(0, { id: 'old' }),
    step(900_000, { id: '1' }, { id: '2', tags: {} }, { id: '3', metric: 'größe', tags: { ort: 'Köln' } }),
    step(950_000, { id: '4', tags: { host: 'a', zone: 'eu' } }, { id: '4', metric: 'twice' }),
  ],
  after: [
    step(960_000, { id: '1' }, { id: '5' }, { id: '6', tags: {} }, { id: '7', metric: 'one.too.many' }),
    step(970_000, { id: '8', metric: 'größe', tags: { ort: 'Köln' } }, { id: '3' }),
    step(980_000, { id: '9', tenantId: 'other', metric: 'new' }),
    // After the idle time all of them go, by a tombstone each.
    step(5_000_000),
  ],
};
