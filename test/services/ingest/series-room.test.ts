import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Event, MetricPoint } from '../../../schemas/types.js';
import { ArrivalQuotas } from '../../../services/ingest/arrival-quotas.js';
import type { IngestOptions } from '../../../services/ingest/ingest-options.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import {
  LiveSeries,
  OWN_ROOM,
  type RoomRequest,
  type SeriesRoom,
} from '../../../services/ingest/live-series.js';
import { MappedPoints } from '../../../services/ingest/mapped-points.js';
import { EventMapper } from '../../../services/ingest/mappings/event-mapper.js';
import { parseMappings } from '../../../services/ingest/mappings/mappings-file.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { compactBatch } from '../../../shared/adapters/kafka/protocol/record-index.js';
import { checkEvent, checkPoint } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { splitBatch } from '../../../shared/core/join-batches.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { pointOf } from '../../support/point.js';

const NOW = 1_700_049_600_000;
const LIMIT = 5;
const NONE = { points: null, bytes: null, events: null };
const codecs = staticCodecs();
const MAPPINGS = `mappings:
  - { name: plays, type: play, metric: plays, value: 1, tags: { song: { attribute: song } } }
  - { name: long, type: play, metric: long, value: 1, tags: { a: { attribute: long }, b: { attribute: long }, c: { attribute: long }, d: { attribute: long }, e: { attribute: long }, f: { attribute: long } } }
  - { name: again, type: play, metric: plays, value: 2, tags: { song: { attribute: song } } }
  - { name: users, type: play, metric: users, value: 1, tags: { user: { attribute: user } } }
`;

/** Has to be asked for each series that it decides about. */
class AskedFirst implements SeriesRoom {
  #answered: RoomRequest | null = null;
  waiting: RoomRequest | null = null;
  asked = 0;

  decide(request: RoomRequest) {
    const known = this.#answered;
    const fits = known !== null && known.tenant === request.tenant;
    // An answer is good for all that was asked for, up to that.
    if (fits && request.inPartition + request.weight <= known.inPartition + known.weight)
      return OWN_ROOM.decide(request);
    this.waiting = request;
    return 'ask';
  }

  answer(): void {
    this.#answered = this.waiting;
    this.asked += 1;
  }
}

function shared(room: SeriesRoom) {
  const series = new LiveSeries(1_000, room);
  const limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 8 };
  const tenants = new Tenants({ rejectUnknown: false, maxSeries: LIMIT });
  const quotas = new ArrivalQuotas({
    source: {
      ...{ version: 1, anyLimited: true },
      limitsOf: () => ({
        ...{ algorithm: 'token-bucket', burstS: 1, key: NONE, alwaysRetry: false },
        tenant: { ...NONE, points: 9, events: 9 },
      }),
    },
    ...{ maxTenants: 100, markOf: null, over: () => {}, shareOf: () => 1 },
  });
  const recentIds = new RecentIds(600_000, 1_000);
  const seriesIdleMs = 1_200_000;
  return { series, limits, tenants, quotas, recentIds, dedupWindowMs: 600_000, seriesIdleMs };
}

function pointStage(room: SeriesRoom) {
  const options: IngestOptions<MetricPoint> = {
    ...shared(room),
    ...{ output: 'metrics', decoder: codecs.decoder('ingest.metrics'), check: checkPoint, inPlace: true },
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
  };
  return ingestStage(options);
}

function eventStage(room: SeriesRoom) {
  const { series, ...common } = shared(room);
  const mapper = new EventMapper('s'.repeat(32));
  mapper.use(parseMappings(MAPPINGS, 'x'));
  const options: IngestOptions<Event> = {
    ...common,
    ...{ output: 'events', decoder: codecs.decoder('ingest.events'), check: checkEvent, inPlace: false },
    subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
    series: null,
    derived: new MappedPoints({
      ...{ ...common, mapper, series, encoder: codecs.encoder('metrics') },
      ...{ seriesRefused: () => {}, mapped: () => {} },
    }),
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
  };
  return ingestStage(options);
}

type AnyStage = ReturnType<typeof pointStage>;

/** All that comes of a batch, given as the runner gives it. */
function resultOf(stage: AnyStage, batch: RecordBatch, room: AskedFirst | null) {
  const state = stage.restore({ topic: batch.topic, partition: 0, checkpoint: null, changelog: new Map() });
  const found = { outputs: [] as string[], refusals: [] as unknown[], changes: [] as unknown[] };
  // As it was fetched.
  let rest: RecordBatch | null = compactBatch(batch);
  for (let from = 0; rest !== null; ) {
    const before = stage.checkpoint(state);
    const { outputs, refusals, changes, stoppedAt } = stage.step(state, rest, NOW + 5_000);
    if (stoppedAt === 0) assert.deepEqual(stage.checkpoint(state), before);
    for (const { topic, key, value } of outputs)
      found.outputs.push(`${topic} ${key?.toString()} ${value?.toString('hex')}`);
    for (const { index, code } of refusals) found.refusals.push([from + index, code]);
    for (const { key, value } of changes) found.changes.push([key, value?.toString()]);
    const [taken, others]: [RecordBatch, RecordBatch | null] =
      stoppedAt === undefined ? [rest, null] : splitBatch(rest, stoppedAt);
    from += taken.length;
    const { next } = JSON.parse(stage.checkpoint(state).metadata) as { next: number };
    assert.equal(next, taken.nextOffset);
    if (others !== null) room?.answer();
    rest = others;
  }
  return { ...found, checkpoint: stage.checkpoint(state), time: stage.time?.(state) };
}

const record = fc.record({
  tenant: fc.constantFrom('acme', 'ümlaut'),
  series: fc.nat(9),
  other: fc.nat(9),
  id: fc.nat(30),
  passed: fc.nat(300),
  broken: fc.integer({ min: 0, max: 20 }),
});

describe('a stage that has room asked for', () => {
  it('makes of points what it makes where all is known, each record once', () => {
    const encoder = codecs.encoder('ingest.metrics');
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), (given) => {
        let arrival = NOW;
        const records = given.map(({ tenant, series, id, passed, broken }) => {
          arrival += passed;
          const point = { tenantId: tenant, metric: `m${series}`, timestamp: NOW, id: `i${id}` };
          return {
            value: broken === 0 ? Buffer.from('?') : encoder.encode(pointOf(point)),
            timestamp: arrival,
          };
        });
        const batch = () => arrayBatch({ topic: 'ingest.metrics', records });
        const room = new AskedFirst();
        assert.deepEqual(
          resultOf(pointStage(room), batch(), room),
          resultOf(pointStage(OWN_ROOM), batch(), null),
        );
      }),
    );
  });

  it('makes of events what it makes where all is known, each event once', () => {
    const encoder = codecs.encoder('ingest.events');
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), (given) => {
        let arrival = NOW;
        const records = given.map(({ tenant, series, other, id, passed }) => {
          arrival += passed;
          const event: Event = {
            ...{ id: `i${id}`, tenantId: tenant, type: 'play', timestamp: NOW, subjectId: null },
            attributes: {
              song: `s${series}`,
              user: `u${other}`,
              long: 'x'.repeat(other % 3 === 0 ? 2_000 : 200),
            },
          };
          return { value: encoder.encode(event), timestamp: arrival };
        });
        const batch = () => arrayBatch({ topic: 'ingest.events', records });
        const room = new AskedFirst();
        assert.deepEqual(
          resultOf(eventStage(room) as AnyStage, batch(), room),
          resultOf(eventStage(OWN_ROOM) as AnyStage, batch(), null),
        );
        assert.ok(room.asked <= 3 * given.length);
      }),
    );
  });
});
