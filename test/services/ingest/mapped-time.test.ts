import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event, MetricPoint } from '../../../schemas/types.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { MappedPoints } from '../../../services/ingest/mapped-points.js';
import { EventMapper } from '../../../services/ingest/mappings/event-mapper.js';
import { parseMappings } from '../../../services/ingest/mappings/mappings-file.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkEvent, checkPoint } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch, type PlainRecord } from '../../../shared/core/array-batch.js';
import type { OutputRecord } from '../../../shared/core/output-batch.js';
import type { Stage } from '../../../shared/core/stage.js';
import { TimeNotes } from '../../../shared/runners/time-notes.js';
import { decodeTimeNotes } from '../../../shared/wire/time-note.js';
import type { TopicName } from '../../../topics/names.js';
import { notedBatch } from '../../support/noted-batch.js';
import { pointOf, START } from '../../support/point.js';

const IDLE_MS = 5_000;
const codecs = staticCodecs();
const limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 8 };

/** One input partition of ingest, its log, and how far it has been read. */
class Input {
  readonly log: PlainRecord[] = [];
  readonly partition = 0;
  #state: unknown;
  #read = 0;

  constructor(
    readonly name: TopicName,
    private readonly stage: Stage<unknown>,
  ) {
    this.#state = stage.restore({ topic: name, partition: 0, checkpoint: null, changelog: new Map() });
  }

  get time() {
    return this.stage.time?.(this.#state) ?? null;
  }

  /** Takes the next records, all by default, at a wall clock. */
  step(now: number, most = Number.POSITIVE_INFINITY): OutputRecord[] {
    const records = this.log.slice(this.#read, this.#read + most);
    const end = this.#read + records.length;
    const batch = arrayBatch({
      topic: this.name,
      records,
      baseOffset: this.#read,
      atEnd: end === this.log.length,
    });
    this.#read = end;
    const { state, outputs, refusals } = this.stage.step(this.#state, batch, now);
    assert.deepEqual(refusals, []);
    this.#state = state;
    return [...outputs]
      .filter(({ topic }) => topic === 'metrics')
      .map((one) => ({ ...one, value: Buffer.from(one.value) }));
  }
}

function pipeline(timed: readonly TopicName[]) {
  const tenants = new Tenants({ rejectUnknown: false, maxSeries: 100 });
  const series = new LiveSeries(1_000);
  const shared = { limits, tenants, dedupWindowMs: 60_000, seriesIdleMs: 60_000 };
  const mapper = new EventMapper('');
  mapper.use(parseMappings('mappings: [{ name: m, type: "*", metric: mapped, value: 1 }]', 'x'));
  const points = ingestStage<MetricPoint>({
    ...shared,
    output: 'metrics',
    decoder: codecs.decoder('ingest.metrics'),
    check: checkPoint,
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    inPlace: true,
    recentIds: new RecentIds(60_000, 10_000),
    series,
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: IDLE_MS },
  });
  const events = ingestStage<Event>({
    ...shared,
    output: 'events',
    decoder: codecs.decoder('ingest.events'),
    check: checkEvent,
    subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
    inPlace: false,
    recentIds: new RecentIds(60_000, 10_000),
    series: null,
    derived: new MappedPoints({
      ...{ ...shared, mapper, series, encoder: codecs.encoder('metrics') },
      seriesRefused: () => {},
      mapped: () => {},
    }),
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: IDLE_MS },
  });
  const inputs = {
    points: new Input('ingest.metrics', points as Stage<unknown>),
    events: new Input('ingest.events', events as Stage<unknown>),
  };
  const bindings = ['ingest.metrics', 'ingest.events'].map((name) => [
    name,
    timed.includes(name as TopicName) ? { timeTo: 'metrics' } : {},
  ]);
  const notes = new TimeNotes('ingest', Object.fromEntries(bindings));
  const windowing = windowingStage({
    definitions: () => [
      {
        ...{ name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 5_000 },
        ...{ metrics: '*', tenants: '*', groupBy: null },
      },
    ],
    idleTimeoutMs: IDLE_MS,
    watermarkHoldMs: 600_000,
    maxSeries: 100,
    decoder: codecs.decoder('metrics'),
    windows: codecs.encoder('windows'),
    late: codecs.encoder('late'),
  });
  let state = windowing.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
  let offset = 0;
  const counted = new Map<string, number>();
  let late = 0;
  /** What one transaction of ingest makes visible, read by windowing at once. */
  const commit = (records: readonly OutputRecord[], now: number) => {
    const times = new Map(
      Object.values(inputs).flatMap((one) => (one.time === null ? [] : [[one, one.time]])) as never,
    );
    const note = decodeTimeNotes(notes.ofCut(times as never).get('metrics')?.last as Buffer);
    const set = { records: records.map(({ value }) => ({ value: value as Buffer, timestamp: now })), note };
    const batch = notedBatch('metrics', records.length === 0 ? [] : [set], {
      baseOffset: offset,
      atEnd: false,
    });
    offset += records.length;
    const result = windowing.step(state, batch, now);
    state = result.state;
    for (const { topic, value } of result.outputs) {
      if (topic === 'late') late += 1;
      if (topic !== 'windows') continue;
      const { metric, count } = codecs.decoder('windows').decode(Buffer.from(value));
      counted.set(metric, (counted.get(metric) ?? 0) + count);
    }
  };
  let sent = 0;
  /** One point and one event, with the time at which they arrive. */
  const send = (at: number) => {
    const id = `${sent++}`;
    const event: Event = { id, tenantId: 't', type: 'a', timestamp: at, subjectId: null, attributes: {} };
    const point = pointOf({ id, metric: 'sent', timestamp: at });
    inputs.points.log.push({ value: codecs.encoder('ingest.metrics').encode(point), timestamp: at });
    inputs.events.log.push({ value: codecs.encoder('ingest.events').encode(event), timestamp: at });
  };
  return { ...inputs, send, commit, result: () => ({ late, counted: Object.fromEntries(counted) }) };
}

/** Sends for 20 s, is away for a minute, and then reads all points before any event of that minute. */
function liveThroughAnOutage(timed: readonly TopicName[]) {
  const { points, events, send, commit, result } = pipeline(timed);
  let now = START;
  for (; now < START + 20_000; now += 1_000) {
    send(now);
    commit([...points.step(now), ...events.step(now)], now);
  }
  for (; now < START + 80_000; now += 1_000) send(now);
  commit(points.step(now), now);
  for (let i = 0; i < 20; i++) {
    now += 100;
    commit(events.step(now, 3), now);
  }
  for (; now < START + 120_000; now += 1_000) {
    send(now);
    commit([...points.step(now), ...events.step(now)], now);
  }
  return result();
}

describe('the time of points that are made of events', () => {
  it('is that of the partition of the events: an outage of ingest makes none late', () => {
    const { late, counted } = liveThroughAnOutage(['ingest.metrics', 'ingest.events']);
    assert.equal(late, 0);
    assert.equal(counted.mapped, counted.sent);
    assert.ok((counted.mapped ?? 0) > 90);
  });

  it('would not be, with that of points alone', () => {
    assert.ok(liveThroughAnOutage(['ingest.metrics']).late > 40);
  });

  it('is that of their arrival: an event that comes late makes a point that is late', () => {
    const { points, events, send, commit, result } = pipeline(['ingest.metrics', 'ingest.events']);
    for (let now = START; now <= START + 30_000; now += 1_000) {
      send(now);
      commit([...points.step(now), ...events.step(now)], now);
    }
    const late: Event = {
      id: 'late',
      tenantId: 't',
      type: 'a',
      timestamp: START,
      subjectId: null,
      attributes: {},
    };
    events.log.push({ value: codecs.encoder('ingest.events').encode(late), timestamp: START + 31_000 });
    commit(events.step(START + 31_000), START + 31_000);
    assert.equal(result().late, 1);
  });
});
