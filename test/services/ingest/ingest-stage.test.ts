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
import type { Checkpoint, StateChange } from '../../../shared/core/stage.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../shared/tenancy/profile.js';
import { pointOf } from '../../support/point.js';
import { recycling } from '../../support/recycling.js';

const NOW = 1_700_000_000_000;
const WINDOW_MS = 600_000;
const IDLE_MS = 5_000;
const limits: Limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 3 };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.metrics');

function point(change: Partial<MetricPoint> = {}): MetricPoint {
  return pointOf({ timestamp: NOW, id: 'i', ...change });
}

interface Setup {
  readonly maxIds?: number;
  readonly maxSeries?: number;
  readonly maxSeriesPerTenant?: number;
  readonly rejectUnknown?: boolean;
}

function worker(setup: Setup = {}) {
  const decoder = codecs.decoder('ingest.metrics');
  const recentIds = new RecentIds(WINDOW_MS, setup.maxIds ?? 1_000);
  const series = new LiveSeries(setup.maxSeries ?? 1_000);
  const known = new KnownTenants();
  const rejectUnknown = setup.rejectUnknown ?? false;
  const tenants = new Tenants({ rejectUnknown, maxSeries: setup.maxSeriesPerTenant ?? 1_000 }, known);
  const refused: string[] = [];
  const own = ingestStage<MetricPoint>({
    output: 'metrics',
    decoder,
    limits,
    check: checkPoint,
    subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
    inPlace: true,
    tenants,
    recentIds,
    dedupWindowMs: WINDOW_MS,
    series,
    seriesIdleMs: 2 * WINDOW_MS,
    seriesRefused: (tenant) => refused.push(tenant),
    time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: IDLE_MS },
  });
  const stage = recycling(own);
  const open = (partition: number, checkpoint: Checkpoint | null = null, changelog = new Map()) =>
    stage.restore({ topic: 'ingest.metrics', partition, checkpoint, changelog });
  return { stage, open, recentIds, series, known, refused };
}

/** What a changelog holds after some steps. */
function kept(...steps: readonly { changes: readonly StateChange[] }[]): Map<string, Buffer> {
  const latest = new Map<string, Buffer>();
  for (const { key, value } of steps.flatMap(({ changes }) => changes))
    if (value === null) latest.delete(key);
    else latest.set(key, value);
  return latest;
}

function batch(points: readonly MetricPoint[], baseOffset = 0, arrivals?: readonly number[]) {
  const records = points.map((each, i) => ({ value: encoder.encode(each), timestamp: arrivals?.[i] ?? NOW }));
  return arrayBatch({ topic: 'ingest.metrics', records, baseOffset });
}

describe('ingest stage', () => {
  it('forwards the bytes that came, under the key of the contract', () => {
    const { stage, open } = worker();
    const input = batch([point({ tags: { b: '1', a: '2' } })]);
    const { outputs } = stage.step(open(0), input, NOW);
    assert.deepEqual(
      [...outputs].map(({ topic, key, value }) => ({
        topic,
        key: key?.toString(),
        same: value.equals(input.value(0) as Buffer),
      })),
      [{ topic: 'metrics', key: 't|m', same: true }],
    );
  });

  const refusals: [string, Partial<MetricPoint>, string][] = [
    ['an empty tenant', { tenantId: '' }, 'TACTUS_FIELD_EMPTY'],
    ['a tenant with the separator of keys', { tenantId: 'a|b' }, 'TACTUS_FIELD_BAD_CHARACTER'],
    ['an empty metric', { metric: '' }, 'TACTUS_FIELD_EMPTY'],
    ['an empty id', { id: '' }, 'TACTUS_FIELD_EMPTY'],
    ['a metric of 257 characters', { metric: 'x'.repeat(257) }, 'TACTUS_FIELD_TOO_LONG'],
    ['a control character', { metric: 'a\u0000b' }, 'TACTUS_FIELD_BAD_CHARACTER'],
    ['too many tags', { tags: { a: '', b: '', c: '', d: '' } }, 'TACTUS_TAGS_TOO_MANY'],
    ['an empty tag name', { tags: { '': 'x' } }, 'TACTUS_FIELD_EMPTY'],
    ['NaN', { value: Number.NaN }, 'TACTUS_VALUE_NOT_FINITE'],
    ['infinity', { value: Number.POSITIVE_INFINITY }, 'TACTUS_VALUE_NOT_FINITE'],
    ['a value above 1e150', { value: 1.000001e150 }, 'TACTUS_VALUE_TOO_LARGE'],
    ['a value below -1e150', { value: -Number.MAX_VALUE }, 'TACTUS_VALUE_TOO_LARGE'],
    ['a time too far ahead', { timestamp: NOW + 600_001 }, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
    ['a time too long ago', { timestamp: NOW - 86_400_001 }, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
    ['a value over the limit', { unit: 'x'.repeat(5_000) }, 'TACTUS_RECORD_TOO_LARGE'],
  ];
  for (const [title, change, code] of refusals) {
    it(`refuses ${title} with ${code} and lets the others through`, () => {
      const { stage, open } = worker();
      const result = stage.step(open(0), batch([point({ id: '1' }), point(change), point({ id: '2' })]), NOW);
      assert.deepEqual(
        result.refusals.map((each) => [each.index, each.code]),
        [[1, code]],
      );
      assert.equal(result.outputs.length, 2);
    });
  }

  it('names field, value and what is allowed', () => {
    const { stage, open } = worker();
    const { refusals: found } = stage.step(open(0), batch([point({ tenantId: '' })]), NOW);
    assert.equal(found[0]?.message, 'tenantId is ""; allowed is 1 to 256 characters');
    const { refusals: large } = stage.step(open(1), batch([point({ value: 1.5e308 })]), NOW);
    assert.equal(large[0]?.message, 'value is 1.5e+308; allowed are numbers from -1e+150 to 1e+150');
  });

  it('lets the largest and the smallest values through as they are', () => {
    const { stage, open } = worker();
    const values = [1e150, -1e150, Number.MIN_VALUE, -0];
    const { outputs } = stage.step(
      open(0),
      batch(values.map((value, i) => point({ value, id: `${i}` }))),
      NOW,
    );
    assert.deepEqual(
      [...outputs].map(({ value }) => codecs.decoder('ingest.metrics').decode(value).value),
      values,
    );
  });

  it('drops a duplicate inside the window and accepts it after', () => {
    const { stage, open } = worker();
    const arrivals = [NOW, NOW + WINDOW_MS, NOW + WINDOW_MS + 1];
    const { outputs } = stage.step(open(0), batch([point(), point(), point()], 0, arrivals), NOW);
    assert.equal(outputs.length, 2);
  });

  it('distinguishes ids of different tenants', () => {
    const { stage, open } = worker();
    assert.equal(stage.step(open(0), batch([point(), point({ tenantId: 'u' })]), NOW).outputs.length, 2);
  });

  it('drops a duplicate that came in another partition of the same process', () => {
    const { stage, open } = worker();
    assert.equal(stage.step(open(0), batch([point()]), NOW).outputs.length, 1);
    assert.equal(stage.step(open(1), batch([point()]), NOW).outputs.length, 0);
  });

  it('lets each id through once, whenever it is restarted', () => {
    const ids = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(ids, fc.nat(), fc.integer({ min: 1, max: 60_000 }), (numbers, cut, gap) => {
        const points = numbers.map((id) => point({ id: String(id) }));
        const arrivals = numbers.map((_, i) => NOW + i * gap);
        const slice = (from: number, to: number) =>
          batch(points.slice(from, to), from, arrivals.slice(from, to));
        const once = worker();
        const whole = once.stage.step(once.open(0), slice(0, points.length), NOW).outputs;
        const at = cut % (points.length + 1);
        const before = worker();
        const state = before.open(0);
        const first = before.stage.step(state, slice(0, at), NOW);
        const checkpoint = before.stage.checkpoint(state);
        const after = worker();
        const restored = after.open(0, checkpoint, kept(first));
        const second = after.stage.step(restored, slice(checkpoint.offset, points.length), NOW).outputs;
        assert.deepEqual(
          [...first.outputs, ...second].map(({ value }) => value.toString('hex')),
          [...whole].map(({ value }) => value.toString('hex')),
        );
      }),
    );
  });

  it('rather repeats than loses a point whose duplicate was dropped elsewhere before a restart', () => {
    const before = worker();
    const [zero, one] = [before.open(0), before.open(1)];
    before.stage.step(zero, batch([point()]), NOW);
    before.stage.step(one, batch([point()], 7), NOW);
    // Partition 1 has committed, partition 0 has not when the process is killed.
    const checkpoint = before.stage.checkpoint(one);
    const after = worker();
    after.stage.step(after.open(1, checkpoint), batch([point()], 7), NOW);
    assert.equal(after.stage.step(after.open(0), batch([point()]), NOW).outputs.length, 1);
  });

  it('goes on from no checkpoint that it does not know: neither of another version nor a damaged one', () => {
    const { open } = worker();
    for (const [metadata, found] of [
      ['{"v":2,"next":9}', 'has version 2, this build knows 1'],
      ['{"next":9}', 'has version undefined, this build knows 1'],
      ['{"v":1,"nex', 'is damaged'],
      ['{"v":1}', 'is damaged'],
    ] as const)
      assert.throws(() => open(3, { offset: 5, metadata }), {
        ...{ name: 'TactusError', code: 'TACTUS_CHECKPOINT_UNKNOWN', retriable: false },
        message: new RegExp(
          `^the checkpoint of ingest.metrics\\[3\\] at offset 5 ${found}: start the build .*--reset-offsets$`,
        ),
      });
    assert.equal(open(3, { offset: 5, metadata: '{"v":1,"next":9}' }).next, 9);
    assert.equal(open(3, { offset: 5, metadata: '' }).next, 5);
  });

  it('forgets the oldest ids at the bound and counts them', () => {
    const { stage, open, recentIds } = worker({ maxIds: 10 });
    const many = Array.from({ length: 25 }, (_, i) => point({ id: String(i) }));
    stage.step(open(0), batch(many), NOW);
    assert.equal(recentIds.size, 10);
    assert.equal(recentIds.evicted, 15);
  });

  it('keeps the ids of a partition that lags, however far another one is ahead', () => {
    const { stage, open } = worker();
    const [ahead, behind] = [open(0), open(1)];
    const old = NOW - 3 * WINDOW_MS;
    stage.step(behind, batch([point({ timestamp: old })], 0, [old]), NOW);
    for (let i = 0; i < 5; i++) stage.step(ahead, batch([point({ id: `ahead-${i}` })], i), NOW);
    const again = stage.step(behind, batch([point({ timestamp: old })], 1, [old + 1]), NOW);
    assert.equal(again.outputs.length, 0);
  });

  it('passes headers on as they came', () => {
    const { stage, open } = worker();
    const records = [{ value: encoder.encode(point()), timestamp: NOW, headers: { a: Buffer.from('ä') } }];
    const { outputs } = stage.step(open(0), arrayBatch({ topic: 'ingest.metrics', records }), NOW);
    assert.equal([...outputs][0]?.headers?.a?.toString(), 'ä');
  });
});

describe('an id that comes in two partitions', () => {
  const sent = point({ id: 'x' });

  it('is let through once while one worker has both', () => {
    const { stage, open } = worker();
    assert.equal(stage.step(open(0), batch([sent]), NOW).outputs.length, 1);
    assert.equal(stage.step(open(1), batch([sent]), NOW).outputs.length, 0);
  });

  it('is not held back for a partition that has gone: what that let through may not have been committed', () => {
    const { stage, open } = worker();
    const zero = open(0);
    stage.step(zero, batch([sent]), NOW);
    stage.release?.(zero);
    assert.equal(stage.step(open(1), batch([sent]), NOW).outputs.length, 1);
  });
});

describe('the limit of series', () => {
  const of = (host: string, id = host) => point({ tags: { host }, id });

  it('refuses new series of a tenant beyond it, and lets those it knows and other tenants through', () => {
    const { stage, open, refused } = worker({ maxSeriesPerTenant: 2 });
    const points = [of('a'), of('b'), of('c'), of('a', '2'), point({ tenantId: 'u' }), of('c', '3')];
    const { outputs, refusals: found } = stage.step(open(0), batch(points), NOW);
    assert.equal(outputs.length, 4);
    assert.deepEqual(refused, ['t', 't']);
    assert.deepEqual(
      found.map(({ index, code }) => [index, code]),
      [
        [2, 'TACTUS_SERIES_LIMIT'],
        [5, 'TACTUS_SERIES_LIMIT'],
      ],
    );
    assert.equal(
      found[0]?.message,
      'tenant "t" has 2 series, the most allowed (TACTUS_MAX_SERIES_PER_TENANT, or maxSeries or activeSeries of the tenant); the new series is m {"host":"c"}',
    );
  });

  it('holds over partitions, and counts a series that comes in several of them once', () => {
    const { stage, open } = worker({ maxSeriesPerTenant: 2 });
    const [zero, one] = [open(0), open(1)];
    const sent = [
      stage.step(zero, batch([of('a')]), NOW),
      stage.step(one, batch([of('a', '2'), of('b')]), NOW),
      stage.step(zero, batch([of('b', '4'), of('c')], 1), NOW),
    ];
    assert.deepEqual(
      sent.map(({ outputs }) => outputs.length),
      [1, 2, 1],
    );
  });

  it('knows after a restart a series that another partition brought first, and so the ids of its records', () => {
    const before = worker({ maxSeriesPerTenant: 1 });
    const [zero, one] = [before.open(0), before.open(1)];
    before.stage.step(zero, batch([of('a', '0')]), NOW);
    const first = before.stage.step(one, batch([of('a', '1')]), NOW);
    before.stage.release?.(zero);
    assert.equal(before.series.size, 1);
    assert.equal(before.stage.step(one, batch([of('b', '2')], 1), NOW).refusals.length, 1, 'it still counts');

    const after = worker();
    const restored = after.open(1, { offset: 0, metadata: JSON.stringify({ v: 1, next: 1 }) }, kept(first));
    const read = batch([of('a', '1'), of('a', '1'), of('a', '3')]);
    assert.equal(after.stage.step(restored, read, NOW).outputs.length, 1, 'one was replayed, one came again');
  });

  it('takes the same tags in any order for one series', () => {
    const { stage, open, series } = worker({ maxSeriesPerTenant: 1 });
    const points = [point({ tags: { a: '1', b: '2' } }), point({ tags: { b: '2', a: '1' }, id: '2' })];
    assert.equal(stage.step(open(0), batch(points), NOW).outputs.length, 2);
    assert.equal(series.size, 1);
  });

  it('knows after a restart the series that it let in, and refuses the same ones', () => {
    const hosts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(hosts, fc.nat(), fc.integer({ min: 0, max: 8 }), (numbers, cut, limit) => {
        const points = numbers.map((host, i) => of(String(host), String(i)));
        const at = cut % (points.length + 1);
        const setup = { maxSeriesPerTenant: limit };
        const whole = worker(setup);
        const all = whole.stage.step(whole.open(0), batch(points), NOW);
        const before = worker(setup);
        const state = before.open(0);
        const first = before.stage.step(state, batch(points.slice(0, at)), NOW);
        const after = worker(setup);
        const checkpoint = before.stage.checkpoint(state);
        const restored = after.open(0, checkpoint, kept(first));
        const from = checkpoint.offset;
        const second = after.stage.step(restored, batch(points.slice(from), from), NOW);
        assert.equal(first.outputs.length + second.outputs.length, all.outputs.length);
        assert.equal(first.refusals.length + second.refusals.length, all.refusals.length);
        assert.equal(new Set(numbers.slice(0, points.length)).size > limit, all.refusals.length > 0);
      }),
    );
  });

  it('makes room when a series is idle, with a tombstone, and not before', () => {
    const { stage, open } = worker({ maxSeriesPerTenant: 1 });
    const state = open(0);
    const first = stage.step(state, batch([of('a')]), NOW);
    const later = (ms: number, id: string, offset: number) =>
      stage.step(state, batch([{ ...of('b', id), timestamp: NOW + ms }], offset, [NOW + ms]), NOW + ms);
    assert.equal(later(WINDOW_MS, '1', 1).outputs.length, 0);
    const tick = arrayBatch({ topic: 'ingest.metrics', records: [], baseOffset: 2 });
    const swept = stage.step(state, tick, NOW + 3 * WINDOW_MS);
    assert.equal(kept(first, swept).size, 0);
    assert.equal(later(3 * WINDOW_MS, '2', 2).outputs.length, 1);
  });

  it('forgets what a partition has brought when that goes to another worker', () => {
    const { stage, open, series } = worker();
    const state = open(0);
    stage.step(state, batch([of('a'), of('b')]), NOW);
    stage.step(open(1), batch([of('c')]), NOW);
    stage.release?.(state);
    assert.equal(series.size, 1);
  });

  it('counts a series as several whose tags are long, also after a restart', () => {
    const long = (n: number) =>
      point({
        tags: { a: 'x'.repeat(250), b: 'y'.repeat(250), c: `${n}${'z'.repeat(250)}` },
        id: `${n}`,
        tenantId: 'u'.repeat(250),
        metric: 'm'.repeat(250),
      });
    const light = (n: number) => ({ ...of(`${n}`), tenantId: 'u'.repeat(250) });
    const before = worker({ maxSeriesPerTenant: 3 });
    const state = before.open(0);
    const sent = [long(1), long(2), light(3), light(4), long(1)];
    const first = before.stage.step(state, batch(sent), NOW);
    assert.deepEqual(
      first.refusals.map(({ index, message }) => [index, message.replace(/"u+"|m{9,}.*/g, '…')]),
      [
        [
          1,
          'tenant … may have 3 series (TACTUS_MAX_SERIES_PER_TENANT, or maxSeries or activeSeries of the tenant) and has no room for one that counts as 2 because of its length; the new series is …',
        ],
        [
          3,
          'tenant … has 3 series, the most allowed (TACTUS_MAX_SERIES_PER_TENANT, or maxSeries or activeSeries of the tenant); the new series is m {"host":"4"}',
        ],
      ],
    );
    const { stage, open } = worker({ maxSeriesPerTenant: 3 });
    const after = open(0, before.stage.checkpoint(state), kept(first));
    const again = stage.step(after, batch([light(5), { ...long(1), id: '6' }], 5), NOW);
    assert.deepEqual(
      again.refusals.map(({ index }) => index),
      [0],
    );
  });

  it('forgets tenants that have no series any more', () => {
    const { stage, open, series } = worker();
    const state = open(0);
    const sent = Array.from({ length: 500 }, (_, i) => point({ tenantId: `t${i}`, id: `${i}` }));
    stage.step(state, batch(sent), NOW);
    assert.equal(series.tenants, 500);
    const later = NOW + 3 * WINDOW_MS;
    stage.step(state, batch([point({ id: 'later', timestamp: later })], 500, [later]), later);
    assert.deepEqual([series.size, series.tenants], [1, 1]);
  });

  it('is also one of the worker as a whole', () => {
    const { stage, open } = worker({ maxSeries: 2 });
    const points = ['a', 'b', 'c'].map((tenantId) => point({ tenantId }));
    const { refusals: found } = stage.step(open(0), batch(points), NOW);
    assert.match(found[0]?.message ?? '', /^this worker has 2 series, .*TACTUS_INGEST_MAX_SERIES/);
  });
});

describe('unknown tenants', () => {
  it('are refused where that is wanted, unless the file or the topic has them', () => {
    const { stage, open, known } = worker({ rejectUnknown: true });
    const state = open(0);
    const codes = (offset: number, id: string) =>
      stage.step(state, batch([point({ id }), point({ tenantId: 'ü', id })], offset), NOW).refusals;
    assert.deepEqual(
      codes(0, '1').map(({ code }) => code),
      ['TACTUS_TENANT_UNKNOWN', 'TACTUS_TENANT_UNKNOWN'],
    );
    known.useFile(new Map([['t', NO_PROFILE]]));
    known.useRecord('ü', NO_PROFILE);
    assert.deepEqual(codes(2, '1'), []);
    known.useRecord('ü', null);
    assert.deepEqual(
      codes(4, '2').map(({ index }) => index),
      [1],
    );
  });

  it('are let in by default, and each may have a limit of its own', () => {
    const { stage, open, known } = worker();
    known.useFile(new Map([['t', { ...NO_PROFILE, maxSeries: 0 }]]));
    const { outputs, refusals: found } = stage.step(open(0), batch([point(), point({ tenantId: 'u' })]), NOW);
    assert.equal(outputs.length, 1);
    assert.equal(found[0]?.code, 'TACTUS_SERIES_LIMIT');
  });
});
