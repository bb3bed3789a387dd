import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../../schemas/types.js';
import { ArrivalQuotas } from '../../../services/ingest/arrival-quotas.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkPoint } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { encodeHeaders } from '../../../shared/core/headers.js';
import type { Checkpoint, StateChange } from '../../../shared/core/stage.js';
import { formatTraceparent } from '../../../shared/core/trace-context.js';
import { pointOf } from '../../support/point.js';
import { contextOf } from '../../support/recorded-tracing.js';
import { recycling } from '../../support/recycling.js';

const NOW = 1_700_000_000_000;
const WINDOW_MS = 600_000;
const NONE = { points: null, bytes: null, events: null };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.metrics');
const decoder = codecs.decoder('ingest.metrics');
const mark = { admitted: Buffer.from('secret') };

interface Record {
  readonly tenantId: string;
  readonly id: string;
  readonly arrival: number;
  readonly headers?: { [name: string]: Buffer };
}

/** A worker in which `noisy` may send five points a second, and ten at once. */
function worker(perSecond = 5) {
  const over: { [tenant: string]: number } = {};
  const quotas = new ArrivalQuotas({
    source: {
      version: 1,
      anyLimited: true,
      limitsOf: (tenant) => ({
        ...{ algorithm: 'token-bucket', burstS: 2, key: NONE, alwaysRetry: false },
        tenant: tenant === 'noisy' ? { ...NONE, points: perSecond } : NONE,
      }),
    },
    maxTenants: 100,
    markOf: () => encodeHeaders(mark),
    shareOf: () => 1,
    over: (tenant, quantity, records) => {
      over[`${tenant} ${quantity}`] = (over[`${tenant} ${quantity}`] ?? 0) + records;
    },
  });
  const limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 3 };
  const stage = recycling(
    ingestStage<MetricPoint>({
      ...{ output: 'metrics', decoder, limits, check: checkPoint, inPlace: true, quotas },
      subject: ({ tenantId, metric, id, tags }) => ({ tenantId, name: metric, id, tags }),
      tenants: new Tenants({ rejectUnknown: false, maxSeries: 1_000 }),
      recentIds: new RecentIds(WINDOW_MS, 10_000),
      dedupWindowMs: WINDOW_MS,
      series: new LiveSeries(1_000),
      seriesIdleMs: 2 * WINDOW_MS,
      time: null,
    }),
  );
  const open = (partition = 0, checkpoint: Checkpoint | null = null, changelog = new Map<string, Buffer>()) =>
    stage.restore({ topic: 'ingest.metrics', partition, checkpoint, changelog });
  return { stage, open, over };
}

function batch(records: readonly Record[], baseOffset = 0) {
  return arrayBatch({
    topic: 'ingest.metrics',
    baseOffset,
    records: records.map(({ tenantId, id, arrival, headers }) => ({
      value: encoder.encode(pointOf({ tenantId, id, timestamp: NOW })),
      timestamp: arrival,
      ...(headers && { headers }),
    })),
  });
}

type Outputs = Iterable<{ readonly value: Buffer }>;
const idsOf = (outputs: Outputs) => [...outputs].map(({ value }) => decoder.decode(value).id);

function keep(changelog: Map<string, Buffer>, changes: readonly StateChange[]): void {
  for (const { key, value } of changes)
    if (value === null) changelog.delete(key);
    else changelog.set(key, value);
}

/** So many points a second of one tenant, ids by number. */
function sending(tenantId: string, perSecond: number, seconds: number): Record[] {
  return Array.from({ length: perSecond * seconds }, (_, i) => ({
    ...{ tenantId, id: `${tenantId}-${i}` },
    arrival: NOW + Math.floor((i * 1_000) / perSecond),
  }));
}

describe('ingest of tenants with quotas', () => {
  it('refuses what is over, counts it and writes no dead letter; all of the others goes through', () => {
    const { stage, open, over } = worker();
    const records = [...sending('noisy', 100, 10), ...sending('good', 100, 10)];
    records.sort((one, other) => one.arrival - other.arrival);
    const { outputs, refusals } = stage.step(open(), batch(records), NOW + 10_000);
    const tenants = idsOf(outputs).map((id) => id.split('-')[0]);
    assert.equal(tenants.filter((tenant) => tenant === 'good').length, 1_000);
    const let_in = tenants.filter((tenant) => tenant === 'noisy').length;
    assert.ok(let_in >= 55 && let_in <= 60, `${let_in}: ten at once, five a second`);
    assert.deepEqual(over, { 'noisy points': 1_000 - let_in });
    assert.deepEqual(refusals, []);
  });

  it('decides the same whatever is read at once, and however long after', () => {
    const records = sending('noisy', 40, 6);
    const whole = worker();
    const expected = idsOf(whole.stage.step(whole.open(), batch(records), NOW + 6_000).outputs);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 })), fc.nat({ max: 1e9 }), (sizes, late) => {
        const { stage, open } = worker();
        let state = open();
        const ids: string[] = [];
        for (let at = 0; at < records.length; ) {
          const end = at + (sizes.shift() ?? records.length);
          const result = stage.step(state, batch(records.slice(at, end), at), NOW + 6_000 + late);
          ids.push(...idsOf(result.outputs));
          state = result.state;
          at = end;
        }
        assert.deepEqual(ids, expected);
      }),
      { numRuns: 50 },
    );
  });

  it('remembers no id that it has refused, also after a restart, and all others', () => {
    const first = worker();
    const records = sending('noisy', 100, 3);
    const result = first.stage.step(first.open(), batch(records), NOW + 3_000);
    const letIn = new Set(idsOf(result.outputs));
    const changelog = new Map<string, Buffer>();
    keep(changelog, result.changes);
    assert.ok(letIn.size < 40 && changelog.size > 5);

    // Another limit is in force by then: what was decided stays.
    const second = worker(1_000);
    const checkpoint = first.stage.checkpoint(result.state);
    assert.equal(checkpoint.offset, 0);
    const replayed = second.stage.step(second.open(0, checkpoint, changelog), batch(records), NOW + 4_000);
    assert.equal(replayed.outputs.length, 0);
    assert.deepEqual(second.over, {}, 'they were counted before');
    const again = records.map((record) => ({ ...record, arrival: NOW + 60_000 }));
    const sent = second.stage.step(replayed.state, batch(again, records.length), NOW + 60_000);
    assert.deepEqual(new Set(idsOf(sent.outputs)), new Set(records.map(({ id }) => id)).difference(letIn));
  });

  it('takes what it has taken as taken when it begins anew', () => {
    const first = worker();
    const result = first.stage.step(first.open(), batch(sending('noisy', 10, 1)), NOW + 1_000);
    assert.equal(result.outputs.length, 10);
    const second = worker();
    const state = second.open(0, first.stage.checkpoint(result.state));
    const replayed = second.stage.step(state, batch(sending('noisy', 10, 1)), NOW + 1_000);
    const more = sending('noisy', 100, 1).map((one) => ({
      ...one,
      id: `more-${one.id}`,
      arrival: NOW + 1_000,
    }));
    assert.equal(second.stage.step(replayed.state, batch(more, 10), NOW + 1_000).outputs.length, 5);
  });

  it('counts the partitions of a tenant together', () => {
    const { stage, open } = worker();
    const [a, b] = [open(0), open(1)];
    const one = stage.step(a, batch(sending('noisy', 100, 1)), NOW).outputs.length;
    const other = stage.step(
      b,
      batch(sending('noisy', 100, 1).map((each) => ({ ...each, id: `b-${each.id}` }))),
      NOW,
    );
    assert.ok(one <= 15 && other.outputs.length === 0, `${one}, ${other.outputs.length}`);
  });

  it('loses nothing of a partition that is read long after the others', () => {
    const { stage, open } = worker();
    const ahead = sending('noisy', 100, 1).map((each) => ({ ...each, arrival: each.arrival + 300_000 }));
    stage.step(open(0), batch(ahead), NOW + 300_000);
    const late = sending('noisy', 5, 60).map((each) => ({ ...each, id: `late-${each.id}` }));
    assert.equal(stage.step(open(1), batch(late), NOW + 300_000).outputs.length, 300);
  });

  it('leaves out what the gateway has counted, and does not pass its mark on', () => {
    const { stage, open, over } = worker();
    const records = sending('noisy', 100, 1).map((each) => ({ ...each, headers: mark }));
    const { outputs } = stage.step(open(), batch(records), NOW);
    assert.equal(outputs.length, 100);
    assert.ok(
      [...outputs].every(({ headers }) => headers === undefined || Object.keys(headers).length === 0),
    );
    const forged = records.map((each) => ({
      ...each,
      id: `f-${each.id}`,
      headers: { admitted: Buffer.from('sacret') },
    }));
    const result = stage.step(open(1), batch(forged), NOW);
    assert.equal(over['noisy points'], 100 - result.outputs.length);
  });

  it('passes on the trace of what the gateway has counted, and not without its mark', () => {
    const { stage, open, over } = worker();
    const traceparent = Buffer.from(formatTraceparent(contextOf(1, 2)));
    const traced = (headers: Record['headers']) =>
      sending('noisy', 100, 1).map((each) => ({ ...each, ...(headers && { headers }) }));
    const { outputs } = stage.step(open(), batch(traced({ ...mark, traceparent })), NOW);
    assert.equal(outputs.length, 100);
    assert.deepEqual(over, {});
    const { bytes } = outputs;
    for (const { headers } of outputs) assert.deepEqual(headers, { traceparent });
    assert.equal(outputs.bytes, bytes);
    const forged = { admitted: Buffer.from('sacret'), traceparent };
    const result = stage.step(
      open(1),
      batch(traced(forged).map((each) => ({ ...each, id: `f-${each.id}` }))),
      NOW,
    );
    assert.equal(over['noisy points'], 100 - result.outputs.length);
    assert.ok(result.outputs.length < 100);
  });

  it('forgets what it has refused after the de-duplication window', () => {
    const { stage, open } = worker();
    const changelog = new Map<string, Buffer>();
    const result = stage.step(open(), batch(sending('noisy', 100, 2)), NOW);
    keep(changelog, result.changes);
    const isQuota = (key: string) => key.startsWith('quota|');
    assert.ok([...changelog.keys()].some(isQuota));
    const after = [{ tenantId: 'good', id: 'x', arrival: NOW + 2 * WINDOW_MS }];
    keep(changelog, stage.step(result.state, batch(after, 200), NOW + 2 * WINDOW_MS).changes);
    assert.ok(![...changelog.keys()].some(isQuota));
  });
});
