import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import { EventMapper } from '../../../services/ingest/mappings/event-mapper.js';
import { loadMappings } from '../../../services/ingest/mappings/mappings-file.js';
import { type WindowingOptions, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { DEFAULT_DEFINITIONS } from '../../../shared/windows/definition.js';
import { DistinctSketch, MAX_EXACT, STANDARD_ERROR } from '../../../shared/windows/distinct.js';
import { pointOf, START } from '../../support/point.js';
import { recycling } from '../../support/recycling.js';
import { missedOf, plans, run, type Sent, sorted, stageCodecs } from './killed-run.js';

const ALL = { metrics: '*', tenants: '*', groupBy: null };
const TUMBLING: WindowDefinition = { ...ALL, name: '10s', sizeMs: 10_000, advanceMs: 10_000, graceMs: 2_000 };
const DEFINITIONS: readonly WindowDefinition[] = [
  TUMBLING,
  { ...ALL, name: '20s', sizeMs: 20_000, advanceMs: 5_000, graceMs: 1_000 },
  { ...ALL, name: 'all', sizeMs: 6_000, advanceMs: 2_000, graceMs: 0, groupBy: [] },
  { ...ALL, name: 'zone', sizeMs: 12_000, advanceMs: 4_000, graceMs: 0, groupBy: ['zone'], quantiles: [0.5] },
  { ...ALL, kind: 'session', name: 'visit', gapMs: 3_000, maxMs: 8_000, graceMs: 1_000 },
  { ...ALL, kind: 'session', name: 'zones', gapMs: 4_000, maxMs: 20_000, graceMs: 0, groupBy: ['zone'] },
];

function stageOf(definitions = DEFINITIONS, options: Partial<WindowingOptions> = {}) {
  return recycling(
    windowingStage({
      definitions: () => definitions,
      ...{ idleTimeoutMs: 3_000, watermarkHoldMs: 600_000, maxSeries: 1_000 },
      ...stageCodecs,
      ...options,
    }),
  );
}

/** Points that a window has, by a plain recomputation. */
function inside(log: readonly Sent[], late: readonly LatePoint[], window: WindowAggregate): MetricPoint[] {
  const definition = DEFINITIONS.find(({ name }) => name === window.window) as WindowDefinition;
  const missed = missedOf(late);
  const of = definition.kind === 'session' ? '' : ` ${window.start}`;
  return log
    .map(({ point }) => point)
    .filter(
      ({ id, metric, tags, timestamp }) =>
        metric === window.metric &&
        timestamp >= window.start &&
        timestamp < window.end &&
        Object.entries(window.tags).every(([name, value]) => tags[name] === value) &&
        (definition.groupBy !== null || Object.keys(tags).length === Object.keys(window.tags).length) &&
        !missed.has(`${id} ${definition.name}${of}`),
    );
}

/** The members of some points; null without any. */
function membersOf(points: readonly MetricPoint[]): Set<number> | null {
  const members = points.filter(({ kind }) => kind === 'member');
  return members.length === 0 ? null : new Set(members.map(({ value }) => value));
}

function sketchOf(members: Iterable<number>): DistinctSketch {
  const sketch = new DistinctSketch();
  for (const each of members) sketch.add(each);
  return sketch;
}

const bytes = (sketch: Buffer | null) => sketch?.toString('hex') ?? null;

/** Windows whose sketches cover time once: sessions, and aligned ones that begin at multiples of their size. */
function hasSketch({ window, start, end }: WindowAggregate): boolean {
  const definition = DEFINITIONS.find(({ name }) => name === window);
  return definition?.kind === 'session' || start % (end - start) === 0;
}

const logs = fc
  .array(
    fc.record({
      pause: fc.constantFrom(0, 100, 300, 800, 1_600, 6_000, 25_000),
      back: fc.constantFrom(0, 0, 0, 300, 700, 1_500, 4_000, 9_000, 17_000),
      user: fc.integer({ min: 0, max: 9 }),
      series: fc.constantFrom('u a x', 'u a x', 'u b x', 'u a y', 'mixed a x', 'g b y'),
    }),
    { minLength: 1, maxLength: 120, size: 'max' },
  )
  .map((steps) => {
    let time = 0;
    const sent = steps.map(({ pause, back, user, series }, i): Sent => {
      time += pause;
      const [metric, host, zone] = series.split(' ') as [string, string, string];
      const kind = metric === 'g' || (metric === 'mixed' && i % 2 === 0) ? 'gauge' : 'member';
      const value = kind === 'gauge' ? user / 2 : user * 123_456_789_012;
      const tags = { host, zone };
      const point = pointOf({ metric, tags, timestamp: START + time - back, value, kind, id: `p${i}` });
      return { point, arrival: time, schema: kind === 'gauge' && i % 3 > 0 ? 0 : 1 };
    });
    // Closes the windows of all others.
    const last = pointOf({ metric: 'z', timestamp: START + time + 100_000 });
    return [...sent, { point: last, arrival: time + 100_000, schema: 1 as const }];
  });

describe('windowing stage with members', () => {
  it('counts the different ones of each window as a set does, with disorder, late points, groups and sessions', () => {
    const found = { counted: 0, late: 0, sessions: 0, without: 0 };
    fc.assert(
      fc.property(logs, (log) => {
        const result = run(log, [], stageOf());
        found.late += result.late.length;
        for (const window of result.windows) {
          const points = inside(log, result.late, window);
          const members = membersOf(points);
          const about = JSON.stringify(window);
          assert.equal(window.count, points.length, about);
          assert.equal(window.distinct, members?.size ?? null, about);
          const sketch = members === null || !hasSketch(window) ? null : sketchOf(members).write();
          assert.equal(bytes(window.sketch), bytes(sketch), about);
          // Figures of the values stay what they are.
          assert.equal(window.max, Math.max(...points.map(({ value }) => value)), about);
          if (members === null) found.without += 1;
          else found.counted += 1;
          if (members !== null && window.window === 'zones') found.sessions += 1;
        }
      }),
      { numRuns: 60 },
    );
    for (const [what, times] of Object.entries(found)) assert.ok(times > 60, `${times} ${what}`);
  });

  it('goes on after kills at any checkpoint as if nothing had happened', () => {
    // So little room that many sketches are dropped.
    const narrow = () =>
      stageOf(DEFINITIONS.slice(0, 4), { maxSketchBytes: 600, maxSketchBytesOfTenant: 600 });
    fc.assert(
      fc.property(logs, plans, (log, plan) => {
        assert.deepEqual(sorted(run(log, plan, stageOf())), sorted(run(log, [], stageOf())));
        assert.deepEqual(sorted(run(log, plan, narrow())), sorted(run(log, [], narrow())));
      }),
      { numRuns: 60 },
    );
  });

  /** Members of one series in the first ten seconds, by tenant; the last point closes the windows. */
  const sent = (tenants: Readonly<Record<string, readonly number[]>>, tags = {}): Sent[] => {
    const points = Object.entries(tenants).flatMap(([tenantId, values]) =>
      values.map((value, i) =>
        pointOf({
          tenantId,
          tags,
          timestamp: START + Math.floor((i * 10_000) / values.length),
          value,
          kind: 'member',
        }),
      ),
    );
    return [...points, pointOf({ metric: 'z', timestamp: START + 90_000 })].map((point) => ({
      point,
      arrival: 1e9,
      schema: 1,
    }));
  };
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const hash = createHash('sha256').update(`member ${i}`).digest();
      return hash.readUIntBE(0, 6) * 16 + ((hash[6] as number) >>> 4);
    });

  it('errs as theory says over many, and the sketches of windows add up to those of a longer time', () => {
    const users = many(20_000);
    const { windows } = run(sent({ t: users }), [], stageOf([TUMBLING]));
    const [window] = windows as [WindowAggregate];
    assert.ok(Math.abs((window.distinct ?? 0) / users.length - 1) < 4 * STANDARD_ERROR, `${window.distinct}`);
    const short = { ...TUMBLING, sizeMs: 1_000, advanceMs: 1_000 };
    const seconds = run(sent({ t: [...users, ...users] }), [], stageOf([short])).windows;
    const union = new DistinctSketch();
    for (const { sketch } of seconds) if (sketch !== null) union.merge(DistinctSketch.read(sketch));
    assert.equal(seconds.filter(({ sketch }) => sketch !== null).length, 10);
    assert.equal(union.write().toString('hex'), bytes(window.sketch));
    assert.equal(union.count, window.distinct);
  });

  it('says nothing, rather than too little, where there is no room; what others have stays, and it is counted', () => {
    const skipped: string[] = [];
    const stage = stageOf([TUMBLING], {
      ...{ maxSketchBytes: 32_000, maxSketchBytesOfTenant: 16_000 },
      memberSkipped: (tenant, reason) => skipped.push(`${tenant} ${reason}`),
    });
    const log = sent({ noisy: many(MAX_EXACT + 2), quiet: many(100) });
    const { windows } = run(log, [], stage);
    const of = (tenant: string) => windows.find(({ tenantId }) => tenantId === tenant);
    assert.deepEqual([of('noisy')?.count, of('noisy')?.distinct, of('noisy')?.sketch], [1_026, null, null]);
    assert.equal(of('quiet')?.distinct, 100);
    assert.deepEqual(skipped, ['noisy memory', 'noisy memory']);
    // The next window has room again.
    const later = sent({ noisy: many(10) }).map((one) => ({
      ...one,
      point: { ...one.point, timestamp: one.point.timestamp + 100_000 },
    }));
    const both = run([...log, ...later], [], stage).windows;
    assert.equal(both.find(({ start }) => start === START + 100_000)?.distinct, 10);
  });

  it('counts points whose value is no member as points alone', () => {
    const skipped: string[] = [];
    const stage = stageOf([TUMBLING], {
      memberSkipped: (tenant, reason) => skipped.push(`${tenant} ${reason}`),
    });
    const [window] = run(sent({ t: [-1, 0.5, 2 ** 52, 7] }), [], stage).windows;
    assert.deepEqual([window?.count, window?.distinct], [4, 1]);
    assert.deepEqual(skipped, ['t value', 't value', 't value']);
  });

  it('gives back the room of sessions that are over', () => {
    const session: WindowDefinition = {
      ...ALL,
      kind: 'session',
      name: 's',
      gapMs: 1_000,
      maxMs: 4_000,
      graceMs: 0,
    };
    const stage = stageOf([session], { maxSketchBytes: 1_200, maxSketchBytesOfTenant: 1_200 });
    const points = Array.from({ length: 200 }, (_, i) =>
      pointOf({
        ...{ timestamp: START + i * 300 + (i % 7 === 0 ? 1_000 : 0), kind: 'member', value: i % 5 },
        tags: { host: `${i % 2}` },
      }),
    );
    const log = [...points, pointOf({ metric: 'z', timestamp: START + 200_000 })];
    const { windows } = run(
      log.map((point) => ({ point, arrival: 1e9, schema: 1 as const })),
      [],
      stage,
    );
    const ofMembers = windows.filter(({ metric }) => metric === 'm');
    assert.ok(ofMembers.length > 20, `${ofMembers.length}`);
    assert.deepEqual(
      ofMembers.filter(({ distinct }) => distinct === null),
      [],
    );
  });

  it('gives the active users of each minute with the shipped mappings and windows, and their sketches those of the day', () => {
    const mapper = new EventMapper('s'.repeat(32));
    mapper.use(loadMappings(join(packageRoot(), 'services', 'cli', 'examples', 'mappings.yaml')));
    const day = Date.UTC(2026, 0, 15);
    const active = new Map<number, Set<string>>();
    const points = Array.from({ length: 24 * 20 }, (_, i) => {
      const timestamp = day + i * 180_000;
      const subjectId = `user-${(i * i) % 37}`;
      const minute = Math.floor(timestamp / 60_000) * 60_000;
      active.set(minute, new Set([...(active.get(minute) ?? []), subjectId]));
      const event = { id: `e${i}`, tenantId: 't', type: 'login', timestamp, subjectId, attributes: {} };
      return mapper.map(event).flatMap((one) => ('point' in one ? [one.point] : []));
    }).flat();
    const log = [...points, pointOf({ metric: 'z', timestamp: day + 86_500_000 })];
    const { windows } = run(
      log.map((point) => ({ point, arrival: 1e12, schema: 1 as const })),
      [],
      stageOf(DEFAULT_DEFINITIONS),
    );
    const minutes = windows.filter(
      ({ metric, window, sketch }) => metric === 'music.active_users' && window === '1m' && sketch !== null,
    );
    assert.deepEqual(
      minutes.map(({ start, distinct }) => [start, distinct]),
      [...active].map(([minute, users]) => [minute, users.size]),
    );
    const ofDay = new DistinctSketch();
    for (const { sketch } of minutes) ofDay.merge(DistinctSketch.read(sketch as Buffer));
    assert.equal(ofDay.count, new Set([...active.values()].flatMap((users) => [...users])).size);
  });
});
