import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../../schemas/types.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkPoint, type Limits } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { Checkpoint } from '../../../shared/core/stage.js';
import { pointOf } from '../../support/point.js';

const NOW = 1_700_000_000_000;
const IDLE_MS = 5_000;
const limits: Limits = { maxFutureMs: 60_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 3 };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.metrics');

/** A point by its own time and that of its arrival, from {@link NOW} on. */
interface Sent {
  readonly at: number;
  readonly arrival: number;
  readonly id?: string;
  readonly metric?: string;
}

function partition(checkpoint: Checkpoint | null = null) {
  const stage = ingestStage<MetricPoint>({
    output: 'metrics',
    decoder: codecs.decoder('ingest.metrics'),
    limits,
    check: checkPoint,
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    inPlace: true,
    tenants: new Tenants({ rejectUnknown: false, maxSeries: 1 }),
    recentIds: new RecentIds(600_000, 10_000),
    dedupWindowMs: 600_000,
    series: new LiveSeries(100),
    seriesIdleMs: 1_200_000,
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: IDLE_MS },
  });
  const state = stage.restore({ topic: 'ingest.metrics', partition: 0, checkpoint, changelog: new Map() });
  let offset = state.next;
  const take = (sent: readonly Sent[], options: { now?: number; atEnd?: boolean; from?: number } = {}) => {
    const { atEnd = true, from = offset } = options;
    offset = from + sent.length;
    const records = sent.map(({ at, arrival, id = `${arrival}`, metric = 'm' }) => ({
      value: encoder.encode(pointOf({ tenantId: 't', tags: {}, timestamp: NOW + at, id, metric })),
      timestamp: NOW + arrival,
    }));
    const now = NOW + (options.now ?? 1e9);
    return stage.step(state, arrayBatch({ topic: 'ingest.metrics', records, baseOffset: from, atEnd }), now);
  };
  const tick = (now: number, readAt?: number) =>
    stage.step(
      state,
      arrayBatch({
        ...{ topic: 'ingest.metrics', records: [], baseOffset: offset, atEnd: readAt !== undefined },
        ...(readAt !== undefined && { readAt: NOW + readAt }),
      }),
      NOW + now,
    );
  /** From {@link NOW} on. */
  const time = () => {
    const found = stage.time?.(state);
    assert.ok(found !== undefined);
    return { ...found, time: found.time === null ? null : found.time - NOW };
  };
  return { take, tick, time, checkpoint: () => stage.checkpoint(state) };
}

describe('the stream time of ingest', () => {
  it('is the highest timestamp, and not after the arrival', () => {
    const { take, time } = partition();
    take([{ at: -500, arrival: 0 }]);
    assert.deepEqual(time(), { time: -500, atEnd: true });
    take([{ at: -900, arrival: 10 }], { atEnd: false });
    assert.deepEqual(time(), { time: -500, atEnd: false });
    // Ahead of its arrival: what comes later may move time up to it.
    take([{ at: 30_000, arrival: 20 }]);
    assert.equal(time().time, 20);
    take([{ at: -900, arrival: 700 }]);
    assert.equal(time().time, 700);
  });

  it('is not after our clock either, where the senders give the times of arrival', () => {
    const { take, time } = partition();
    take([{ at: 900, arrival: 1_000 }], { now: 400 });
    assert.equal(time().time, 400);
  });

  it('moves by duplicates, and by points that only the decoder reads, and not by refused ones', () => {
    const { take, time } = partition();
    take([{ at: 0, arrival: 100, id: 'x' }]);
    assert.equal(take([{ at: 50, arrival: 150, id: 'x' }]).outputs.length, 0);
    assert.equal(time().time, 50);
    take([{ at: 60, arrival: 160, id: 'ü' }]);
    assert.equal(time().time, 60);
    const { refusals } = take([
      { at: 70, arrival: 170, metric: '' },
      { at: 80, arrival: 180, metric: 'beyond the limit of series' },
      { at: 61_000, arrival: 190 },
    ]);
    assert.equal(refusals.length, 3);
    assert.equal(time().time, 60);
  });

  it('is when nothing had come yet, before the first point', () => {
    const { take, tick, time } = partition();
    assert.deepEqual(time(), { time: null, atEnd: false });
    tick(0, 0);
    tick(60_000, 59_900);
    assert.deepEqual(time(), { time: 59_900, atEnd: true, empty: true });
    tick(60_100);
    assert.deepEqual(
      time(),
      { time: 59_900, atEnd: false, empty: true },
      'the broker is silent: there may be a record',
    );
    take([{ at: 0, arrival: 60_200, metric: '' }], { atEnd: false });
    assert.deepEqual(time(), { time: 59_900, atEnd: false, empty: true });
    take([{ at: 0, arrival: 60_300 }]);
    assert.deepEqual(time(), { time: 0, atEnd: true });
  });

  it('goes on with the clock after the idle time-out, up to when the fetch was sent that found nothing', () => {
    const { take, tick, time } = partition();
    take([{ at: 0, arrival: 0 }], { now: 10 });
    tick(5_000, 4_990);
    assert.equal(time().time, 0);
    tick(5_300, 5_009);
    assert.equal(time().time, 0, 'the fetch was sent before the time-out was over');
    tick(5_400, 5_110);
    assert.deepEqual(time(), { time: 5_110, atEnd: true });
    tick(5_500, 5_050);
    assert.equal(time().time, 5_110);
    // Without a fresh answer nothing is known, and the time-out begins anew.
    tick(9_000);
    assert.deepEqual(time(), { time: 5_110, atEnd: false });
    tick(9_100, 9_050);
    assert.deepEqual(time(), { time: 5_110, atEnd: true });
    tick(14_100, 14_050);
    assert.equal(time().time, 14_050);
    // What comes late after that does not move it back.
    take([{ at: 6_000, arrival: 14_100 }], { now: 14_100 });
    assert.equal(time().time, 14_050);
  });

  it('goes on with the clock while all that comes is refused', () => {
    const { take, tick, time } = partition();
    take([{ at: 0, arrival: 0 }], { now: 10 });
    for (let now = 1_000; now <= 8_000; now += 1_000) {
      assert.equal(take([{ at: now, arrival: now, metric: '' }], { now }).refusals.length, 1);
      tick(now + 100, now + 50);
      assert.equal(time().time, now < 5_000 ? 0 : now + 50);
    }
    // One that has to be read first may be a point.
    take([{ at: 9_000, arrival: 9_000, metric: '' }], { now: 9_000, atEnd: false });
    tick(9_100, 9_050);
    assert.equal(time().time, 8_050);
  });

  it('waits for the idle time-out after a restart, since records may be on their way', () => {
    const first = partition();
    first.take([{ at: 0, arrival: 0 }]);
    const { tick, time } = partition(first.checkpoint());
    tick(3_600_000, 3_599_900);
    assert.deepEqual(time(), { time: 0, atEnd: true });
    tick(3_605_000, 3_604_900);
    assert.equal(time().time, 0);
    tick(3_605_100, 3_605_000);
    assert.equal(time().time, 3_605_000);
  });

  it('is not known after a checkpoint of an earlier build until a point comes', () => {
    const { take, tick, time, checkpoint } = partition({ offset: 5, metadata: '{"v":1,"next":9}' });
    assert.deepEqual(time(), { time: null, atEnd: false });
    take([{ at: 70, arrival: 80 }], { from: 5, atEnd: false });
    assert.deepEqual(time(), { time: null, atEnd: false }, 'it was processed by the earlier build');
    tick(10_000, 10_000);
    tick(20_000, 20_000);
    assert.deepEqual(time(), { time: 20_000, atEnd: true, empty: true });
    take([{ at: 90, arrival: 100 }], { from: 10 });
    assert.equal(time().time, 90);
    assert.deepEqual(JSON.parse(checkpoint().metadata), {
      v: 1,
      next: 11,
      time: NOW + 90,
      highest: NOW + 90,
    });
  });

  it('takes nothing that is no time out of a checkpoint', () => {
    for (const wrong of ['null', '"1"', '1.5', '{}']) {
      const metadata = `{"v":1,"next":9,"time":${wrong},"highest":${wrong}}`;
      assert.equal(partition({ offset: 5, metadata }).time().time, null);
    }
  });

  it('never goes back, is what the log says, and is the same with restarts and whatever the batches', () => {
    const sent = fc.array(
      fc.record({
        at: fc.integer({ min: -3_000, max: 3_000 }),
        gap: fc.nat({ max: 900 }),
        valid: fc.boolean(),
        cut: fc.constantFrom('no', 'no', 'batch', 'restart'),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(sent, (records) => {
        let one = partition();
        let arrival = 0;
        let highest = Number.NEGATIVE_INFINITY;
        let wanted = Number.NEGATIVE_INFINITY;
        let collected: Sent[] = [];
        const log: Sent[] = [];
        const flush = (from: number) => {
          if (collected.length > 0) one.take(collected, { from });
          collected = [];
        };
        let from = 0;
        for (const [i, { at, gap, valid, cut }] of records.entries()) {
          arrival += gap;
          const next = { at: arrival + at, arrival, id: `${i}`, metric: valid ? 'm' : '' };
          log.push(next);
          collected.push(next);
          if (valid) {
            highest = Math.max(highest, next.at);
            wanted = Math.max(wanted, Math.min(highest, arrival));
          }
          if (cut === 'no' && i < records.length - 1) continue;
          const before = one.time().time ?? Number.NEGATIVE_INFINITY;
          flush(from);
          from = i + 1;
          const after = one.time().time ?? Number.NEGATIVE_INFINITY;
          assert.equal(after, wanted);
          assert.ok(after >= before);
          if (cut !== 'restart') continue;
          const checkpoint = one.checkpoint();
          one = partition(checkpoint);
          // What is read again says nothing.
          one.take(log.slice(checkpoint.offset), { from: checkpoint.offset });
          assert.equal(one.time().time ?? Number.NEGATIVE_INFINITY, wanted);
        }
      }),
    );
  });
});

describe('ingest of events', () => {
  it('has no stream time, and none in its checkpoint', () => {
    const stage = ingestStage({
      output: 'events',
      decoder: codecs.decoder('ingest.events'),
      limits,
      check: () => null,
      subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
      inPlace: false,
      tenants: new Tenants({ rejectUnknown: false, maxSeries: 1 }),
      recentIds: new RecentIds(600_000, 10),
      dedupWindowMs: 600_000,
      series: null,
      seriesIdleMs: 1_200_000,
      time: null,
    });
    assert.equal(stage.time, undefined);
    const state = stage.restore({
      topic: 'ingest.events',
      partition: 0,
      checkpoint: null,
      changelog: new Map(),
    });
    assert.equal(stage.checkpoint(state).metadata, '{"v":1,"next":0}');
  });
});
