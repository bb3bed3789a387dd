import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LatePoint, WindowAggregate } from '../../../schemas/types.js';
import { type WindowingOptions, windowingStage } from '../../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { within } from '../../../shared/core/checkpoint-metadata.js';
import type { OutputRecord } from '../../../shared/core/output-batch.js';
import type { Checkpoint, StateChange } from '../../../shared/core/stage.js';
import {
  type AlignedDefinition,
  DEFAULT_DEFINITIONS,
  type SessionDefinition,
} from '../../../shared/windows/definition.js';
import { type Arrival, point } from '../../shared/windows/arrivals.js';
import { closingsSorted } from '../../support/closings.js';
import { START } from '../../support/point.js';
import { recycling } from '../../support/recycling.js';

const codecs = staticCodecs();
const points = codecs.encoder('metrics');
const windows = codecs.decoder('windows');
const lates = codecs.decoder('late');

const options: WindowingOptions = {
  definitions: () => DEFAULT_DEFINITIONS,
  idleTimeoutMs: 5_000,
  watermarkHoldMs: 600_000,
  maxSeries: 1_000,
  decoder: codecs.decoder('metrics'),
  windows: codecs.encoder('windows'),
  late: codecs.encoder('late'),
};
const stage = recycling(windowingStage(options));

function batchOf(log: readonly Arrival[], from: number, to: number) {
  const records = log.slice(from, to).map(({ point: p, arrival }) => ({
    value: points.encode(p),
    timestamp: arrival,
  }));
  return arrayBatch({ topic: 'metrics', records, baseOffset: from });
}

function fresh(checkpoint: Checkpoint | null = null) {
  return stage.restore({ topic: 'metrics', partition: 0, checkpoint, changelog: new Map() });
}

function decode(outputs: Iterable<OutputRecord>) {
  const of = (topic: string) =>
    [...outputs].filter((output) => output.topic === topic).map(({ value }) => value);
  return {
    windows: of('windows').map((value): WindowAggregate => windows.decode(value)),
    late: of('late').map((value): LatePoint => lates.decode(value)),
  };
}

/** What is the same however it was computed: everything but the moment of emission. */
function figures(outputs: Iterable<OutputRecord>): string[] {
  return closingsSorted(decode(outputs).windows.map(({ emittedAt: _, ...rest }) => JSON.stringify(rest)));
}

const logs = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 4_000 }),
      disorder: fc.integer({ min: 0, max: 12_000 }),
      value: fc.integer({ min: -5, max: 5 }),
      metric: fc.constantFrom('m', 'n'),
      host: fc.constantFrom('a', 'b'),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let time = 0;
    return steps.map(({ gap, disorder, value, metric, host }): Arrival => {
      time += gap;
      return { point: point(time - disorder, value, metric, { host }), arrival: START + time };
    });
  });

describe('windowing stage', () => {
  it('gives the same output whatever the batch boundaries', () => {
    fc.assert(
      fc.property(logs, fc.array(fc.nat()), (log, cuts) => {
        const whole = stage.step(fresh(), batchOf(log, 0, log.length), START + 1e9).outputs;
        const state = fresh();
        const pieces: OutputRecord[] = [];
        const bounds = [0, ...cuts.map((cut) => cut % log.length).sort((a, b) => a - b), log.length];
        for (let i = 0; i + 1 < bounds.length; i++) {
          const [from, to] = [bounds[i] as number, bounds[i + 1] as number];
          if (to > from) pieces.push(...stage.step(state, batchOf(log, from, to), START + 1e9).outputs);
        }
        assert.deepEqual(figures(pieces), figures(whole));
        assert.deepEqual(decode(pieces).late, decode(whole).late);
      }),
    );
  });

  it('goes on after a restart at any record as if nothing had happened', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, cut) => {
        const at = cut % (log.length + 1);
        const now = START + 1e9;
        const whole = stage.step(fresh(), batchOf(log, 0, log.length), now).outputs;
        const before = fresh();
        const first = at === 0 ? [] : stage.step(before, batchOf(log, 0, at), now).outputs;
        const checkpoint = stage.checkpoint(before);
        assert.ok(checkpoint.offset <= at && checkpoint.metadata.length < 200);
        const second = stage.step(
          fresh(checkpoint),
          batchOf(log, checkpoint.offset, log.length),
          now,
        ).outputs;
        assert.deepEqual([...figures(first), ...figures(second)], figures(whole));
        assert.deepEqual([...decode(first).late, ...decode(second).late], decode(whole).late);
      }),
    );
  });

  it('gives the same windows for any order within the grace', () => {
    const inOrder = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 60_000 }), value: fc.integer({ min: -1_000, max: 1_000 }) }),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(
        inOrder,
        fc.array(fc.integer({ min: 0, max: 4_999 }), { minLength: 40, maxLength: 40 }),
        (input, delays) => {
          const sorted = input
            .map(({ at, value }, i) => ({ at: at * 40 + i, value }))
            .sort((a, b) => a.at - b.at)
            .map(({ at, value }) => ({ point: point(at, value), arrival: START + 1e9 }));
          const shuffled = sorted
            .map((each, i) => ({ each, key: each.point.timestamp + (delays[i] as number) }))
            .sort((a, b) => a.key - b.key)
            .map(({ each }) => each);
          const flush = { point: point(60_000 * 40 + 1_000_000), arrival: START + 1e9 };
          const run = (log: Arrival[]) =>
            stage.step(fresh(), batchOf([...log, flush], 0, log.length + 1), START + 1e9);
          const strip = (outputs: Iterable<OutputRecord>) =>
            decode(outputs)

              .windows.map(({ watermark: _, emittedAt: __, stddev, ...rest }) =>
                JSON.stringify({ ...rest, stddev: stddev.toFixed(9) }),
              )
              .sort();
          assert.deepEqual(strip(run(shuffled).outputs), strip(run(sorted).outputs));
          assert.deepEqual(decode(run(shuffled).outputs).late, []);
        },
      ),
    );
  });

  it('closes the last window of a series that stops, by the wall clock', () => {
    const state = fresh();
    const now = START + 2_000;
    stage.step(state, batchOf([{ point: point(1_000), arrival: now }], 0, 1), now);
    const tick = (at: number) =>
      stage.step(state, arrayBatch({ topic: 'metrics', records: [], baseOffset: 1 }), START + at).outputs;
    assert.equal(tick(6_000).length, 0, 'not idle for long enough');
    assert.equal(tick(14_999).length, 0, 'the watermark is still inside the window');
    const closed = decode(tick(15_000)).windows;
    assert.deepEqual(
      closed.map(({ window, start, end, count }) => ({
        window,
        start: start - START,
        end: end - START,
        count,
      })),
      [
        { window: '10s', start: 0, end: 10_000, count: 1 },
        { window: '1m', start: -50_000, end: 10_000, count: 1 },
      ],
    );
    assert.equal(decode(tick(100_000)).windows.length, 5, 'the other five hopping windows');
  });

  it('does not move with the wall clock while there is more to read', () => {
    const state = fresh();
    stage.step(state, batchOf([{ point: point(0), arrival: START }], 0, 1), START);
    const behind = arrayBatch({ topic: 'metrics', records: [], baseOffset: 1, atEnd: false });
    assert.equal(stage.step(state, behind, START + 1e6).outputs.length, 0);
  });

  it('has its position behind the markers of transactions, which are no records', () => {
    const state = fresh();
    stage.step(state, batchOf([{ point: point(1_000), arrival: START }], 0, 1), START);
    stage.step(state, arrayBatch({ topic: 'metrics', records: [], baseOffset: 2 }), START + 100);
    const { offset, metadata } = stage.checkpoint(state);
    assert.equal(offset, 0, 'the open window needs its record');
    assert.equal(JSON.parse(metadata).next, 2);
  });

  it('goes on from no checkpoint that it does not know: neither of another version nor a damaged one', () => {
    const state = fresh();
    stage.step(state, batchOf([{ point: point(1_000), arrival: START }], 0, 1), START);
    const { offset, metadata } = stage.checkpoint(state);
    for (const [unknown, found] of [
      [metadata.replace('"v":1', '"v":2'), 'has version 2, this build knows 1'],
      [metadata.slice(0, -1), 'is damaged'],
      ['{"v":1}', 'is damaged'],
    ] as const)
      assert.throws(() => fresh({ offset, metadata: unknown }), {
        ...{ name: 'TactusError', code: 'TACTUS_CHECKPOINT_UNKNOWN', retriable: false },
        message: new RegExp(
          `^the checkpoint of metrics\\[0\\] at offset 0 ${found}: start the build .*--reset-offsets$`,
        ),
      });
    assert.equal(fresh({ offset: 7, metadata: 'reset by hand' }).next, 7);
  });

  it('caps the watermark at the wall clock of the arrival', () => {
    const log = [
      { point: point(600_000), arrival: START + 1_000 },
      { point: point(900), arrival: START + 1_001 },
    ];
    assert.deepEqual(decode(stage.step(fresh(), batchOf(log, 0, 2), START + 2_000).outputs), {
      windows: [],
      late: [],
    });
  });

  it('reports a late point once, with the windows that it missed and those alone', () => {
    const log = [point(30_000), point(4_000), point(-40_000)].map((p) => ({
      point: p,
      arrival: START + 1e9,
    }));
    const { late } = decode(stage.step(fresh(), batchOf(log, 0, 3), START + 1e9).outputs);
    assert.equal(late.length, 2);
    // Watermark 25,000: of the hopping windows around 4,000 those that end at 10,000 and 20,000 are closed.
    assert.deepEqual(late[0]?.missed, [
      { window: '10s', start: START },
      { window: '1m', start: START - 50_000 },
      { window: '1m', start: START - 40_000 },
    ]);
    assert.equal(late[0]?.latenessMs, 21_000);
    assert.equal(late[1]?.missed.length, 7, 'all of its windows');
  });

  it('refuses what it cannot decode and goes on', () => {
    const records = [
      { value: Buffer.from('nonsense') },
      { value: points.encode(point(0)), timestamp: START },
    ];
    const state = fresh();
    const result = stage.step(state, arrayBatch({ topic: 'metrics', records }), START);
    assert.deepEqual(
      result.refusals.map(({ index, code }) => ({ index, code })),
      [{ index: 0, code: 'TACTUS_RECORD_BAD_MAGIC' }],
    );
    assert.equal(state.windows.size, 1);
  });

  it('refuses a point that is malformed behind what windows read when it is late, and goes on with the others', () => {
    const good = points.encode(point(4_000));
    // The id says that it is longer than the value, which windows need not look at.
    const cut = points.encode(point(4_001)).subarray(0, -3);
    const records = [points.encode(point(30_000)), cut, good].map((value) => ({
      value,
      timestamp: START + 1e9,
    }));
    const result = stage.step(fresh(), arrayBatch({ topic: 'metrics', records }), START + 1e9);
    assert.deepEqual(
      result.refusals.map(({ index, code }) => ({ index, code })),
      [{ index: 1, code: 'TACTUS_RECORD_UNDECODABLE' }],
    );
    assert.deepEqual(
      decode(result.outputs).late.map(({ point: { timestamp } }) => timestamp - START),
      [4_000],
    );
  });

  it('lets no tenant have more than its share of series, refuses the same ones again, and lets others go on', () => {
    const refused: string[] = [];
    const seriesRefused = (tenant: string) => refused.push(tenant);
    const shared = windowingStage({ ...options, maxSeries: 4, maxSeriesOfTenant: 2, seriesRefused });
    const send = [...'hhhgghg'].map((tenant, i) => ({
      value: points.encode({ ...point(1_000), tenantId: tenant, tags: { n: String(i) } }),
      timestamp: START + 1_000,
    }));
    const open = (checkpoint: Checkpoint | null) =>
      shared.restore({ topic: 'metrics', partition: 0, checkpoint, changelog: new Map() });
    const before = open(null);
    shared.step(before, arrayBatch({ topic: 'metrics', records: send.slice(0, 3) }), START + 1_000);
    for (const [from, state] of [
      [0, open(null)],
      [3, open(shared.checkpoint(before))],
    ] as const) {
      const { refusals } = shared.step(state, arrayBatch({ topic: 'metrics', records: send }), START + 1_000);
      const why = (tenant: string) =>
        `tenant "${tenant}" has 2 series in window "10s", the most that one may have (TACTUS_MAX_SERIES_SHARE_PERCENT); the new series is ${tenant}|`;
      const expected = [
        { index: 2, code: 'TACTUS_SERIES_LIMIT', message: why('h') },
        { index: 5, code: 'TACTUS_SERIES_LIMIT', message: 'window "10s" holds 4 series already' },
        { index: 6, code: 'TACTUS_SERIES_LIMIT', message: 'window "10s" holds 4 series already' },
      ].filter(({ index }) => index >= from);
      assert.deepEqual(
        refusals.map(({ index, code }) => ({ index, code })),
        expected.map(({ index, code }) => ({ index, code })),
      );
      for (const [i, { message }] of expected.entries())
        assert.ok(refusals[i]?.message.startsWith(message), refusals[i]?.message);
    }
    assert.deepEqual(refused, ['h', 'h', 'h', 'g', 'h', 'g']);
  });

  it('refuses a malformed point once that is late for one window and has no room in another', () => {
    const [tumbling, hopping] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];
    const definitions = [tumbling, { ...hopping, maxSeries: 1 }];
    const limited = windowingStage({ ...options, definitions: () => definitions });
    const state = limited.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
    const cut = points.encode(point(4_001, 1, 'm', { host: 'b' })).subarray(0, -3);
    const known = points.encode(point(4_000, 1, 'm', { host: 'b' }));
    const records = [points.encode(point(1)), known, points.encode(point(30_000)), cut].map((value) => ({
      value,
      timestamp: START + 1e9,
    }));
    const { refusals } = limited.step(state, arrayBatch({ topic: 'metrics', records }), START + 1e9);
    assert.deepEqual(
      refusals.map(({ index, code }) => [index, code]),
      [
        [1, 'TACTUS_SERIES_LIMIT'],
        [3, 'TACTUS_RECORD_UNDECODABLE'],
      ],
    );
  });

  it('gives the same windows, late points and checkpoints before 1970 as after it', () => {
    const session: SessionDefinition = {
      ...{ kind: 'session', name: 's', gapMs: 3_000, maxMs: 10_000, graceMs: 1_000 },
      ...{ metrics: '*', tenants: '*', groupBy: null },
    };
    const both = windowingStage({ ...options, definitions: () => [...DEFAULT_DEFINITIONS, session] });
    // By a multiple of all sizes, into the years before 1970, and so that some windows lie around its beginning.
    const base = Math.ceil(START / 60_000) * 60_000;
    const run = (log: readonly Arrival[], cut: number, shift: number) => {
      const shifted = log.map(({ point: p, arrival }) => ({
        point: { ...p, timestamp: p.timestamp - shift },
        arrival: arrival + 1e9,
      }));
      const saved = { topic: 'metrics', partition: 0 };
      const before = both.restore({ ...saved, checkpoint: null, changelog: new Map() });
      const first = both.step(before, batchOf(shifted, 0, cut), START + 2e9);
      const changelog = new Map<string, Buffer>();
      for (const { key, value } of first.changes) if (value !== null) changelog.set(key, value);
      const checkpoint = both.checkpoint(before);
      const after = both.restore({ ...saved, checkpoint, changelog });
      const second = both.step(after, batchOf(shifted, checkpoint.offset, shifted.length), START + 2e9);
      const { windows: closed, late } = decode([...first.outputs, ...second.outputs]);
      return {
        closed: closingsSorted(
          closed.map((each) => {
            const { start, end, watermark } = each;
            const times = { start: start + shift, end: end + shift, watermark: watermark + shift };
            return JSON.stringify({ ...each, ...times, emittedAt: 0 });
          }),
        ),
        late: late.map(({ missed, watermark, latenessMs }) => [
          missed.map(({ window, start }) => [window, start + shift]),
          watermark + shift,
          latenessMs,
        ]),
      };
    };
    fc.assert(
      fc.property(logs, fc.nat(), fc.constantFrom(base, base + 60_000, 2 * base), (log, at, shift) => {
        const cut = at % (log.length + 1);
        assert.deepEqual(run(log, cut, shift), run(log, cut, 0));
      }),
    );
  });

  it('counts what comes at offsets that the log had lost, in windows and sessions, and does so after another restart', () => {
    const session: SessionDefinition = {
      ...{ kind: 'session', name: 's', gapMs: 3_000, maxMs: 10_000, graceMs: 1_000 },
      ...{ metrics: '*', tenants: '*', groupBy: null },
    };
    const tumbling = DEFAULT_DEFINITIONS[0] as AlignedDefinition;
    const both = windowingStage({ ...options, definitions: () => [tumbling, session] });
    const changelog = new Map<string, Buffer>();
    const keep = ({ changes }: { changes: readonly StateChange[] }) => {
      for (const { key, value } of changes)
        value === null ? changelog.delete(key) : changelog.set(key, value);
    };
    const restore = (checkpoint: Checkpoint | null) =>
      both.restore({ topic: 'metrics', partition: 0, checkpoint, changelog: new Map(changelog) });
    const now = START + 1e9;
    const at = (time: number, metric = 'm') => ({ point: point(time, 1, metric), arrival: now });
    const other = at(100, 'other');
    const first = restore(null);
    // The first session of "m" is closed; the series, which came at offset 2, is remembered.
    keep(both.step(first, batchOf([other, other, at(200), at(300), at(8_000)], 0, 5), now));
    const second = restore(within(both.checkpoint(first), { start: 0, end: 1 }));
    keep(both.step(second, batchOf([other], 0, 1), now));
    const anew = [other, at(8_500), at(8_600)];
    keep(both.step(second, batchOf(anew, 1, 3), now));
    // Killed, and read again.
    const checkpoint = both.checkpoint(second);
    const third = restore(checkpoint);
    both.step(third, batchOf(anew, checkpoint.offset, 3), now);
    const { outputs } = both.step(third, batchOf([...anew, at(60_000)], 3, 4), now);
    const closed = decode(outputs).windows.map(({ metric, window, count }) => `${metric} ${window} ${count}`);
    assert.deepEqual(closed.sort(), ['m 10s 2', 'm s 2', 'other 10s 1']);
  });

  it('refuses further series beyond the limit, or that of the definition, and goes on with the others', () => {
    const [tumbling, hopping] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];
    const definitions = [tumbling, { ...hopping, maxSeries: 2 }];
    const limited = windowingStage({ ...options, maxSeries: 3, definitions: () => definitions });
    const state = limited.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
    const log = ['a', 'b', 'c', 'd', 'a', 'c'].map((host, i) => ({
      point: point(i, 1, 'm', { host }),
      arrival: START + 1e9,
    }));
    log.push({ point: point(1_000_000), arrival: START + 1e9 });
    const { outputs, refusals } = limited.step(state, batchOf(log, 0, log.length), START + 1e9);
    assert.deepEqual(
      refusals.map(({ index, code, message }) => [index, code, message.slice(0, message.indexOf(';'))]),
      [
        [2, 'TACTUS_SERIES_LIMIT', 'window "1m" holds 2 series already, the most allowed (maxSeries)'],
        [3, 'TACTUS_SERIES_LIMIT', 'window "1m" holds 2 series already, the most allowed (maxSeries)'],
        [5, 'TACTUS_SERIES_LIMIT', 'window "1m" holds 2 series already, the most allowed (maxSeries)'],
      ],
    );
    const counts = (name: string) =>
      decode(outputs)
        .windows.filter(({ window, end }) => window === name && end === START + 10_000)
        .map(({ tags, count }) => `${tags.host}${count}`);
    assert.deepEqual(
      [counts('10s'), counts('1m')],
      [
        ['a2', 'b1', 'c2'],
        ['a2', 'b1'],
      ],
    );
  });

  it('starts a definition that comes new with the first window after its time, and keeps the others', () => {
    const known = DEFAULT_DEFINITIONS[0] as AlignedDefinition;
    const added = { ...known, name: '20s', sizeMs: 20_000, advanceMs: 20_000 };
    const withDefinitions = (definitions: AlignedDefinition[]) =>
      windowingStage({ ...options, definitions: () => definitions });
    const log = [3_000, 13_000, 21_000, 33_000, 41_000, 70_000, 100_000].map((at) => ({
      point: point(at),
      arrival: START + 1e9,
    }));
    const now = START + 1e9;
    const before = withDefinitions([known]);
    const saved = { topic: 'metrics', partition: 0, changelog: new Map() };
    const state = before.restore({ ...saved, checkpoint: null });
    const first = before.step(state, batchOf(log, 0, 4), now).outputs;
    const after = withDefinitions([known, added]);
    const checkpoint = before.checkpoint(state);
    const changed = after.restore({ ...saved, checkpoint });
    const second = after.step(changed, batchOf(log, checkpoint.offset, log.length), now).outputs;
    const starts = (name: string) =>
      decode([...first, ...second])
        .windows.filter(({ window }) => window === name)
        .map(({ start }) => start - START);
    assert.deepEqual(starts('10s'), [0, 10_000, 20_000, 30_000, 40_000, 70_000]);
    // It came at stream time 33,000: the window from 20,000 on would lack what was before.
    assert.deepEqual(starts('20s'), [40_000, 60_000]);
    const again = after.restore({ ...saved, checkpoint: after.checkpoint(changed) });
    assert.deepEqual(again.since, changed.since, 'a restart does not make it new again');
  });

  it('estimates the quantiles that a definition asks for, over all panes of a window', () => {
    const [tumbling, hopping] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];
    const asking = windowingStage({
      ...options,
      definitions: () => [tumbling, { ...hopping, quantiles: [0, 0.5, 0.95, 1] }],
    });
    const log = Array.from({ length: 1_001 }, (_, i) => ({ point: point(i * 59, i), arrival: START + 1e9 }));
    log.push({ point: point(1_000_000), arrival: START + 1e9 });
    const state = asking.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
    const all = decode(asking.step(state, batchOf(log, 0, log.length), START + 1e9).outputs).windows;
    const full = all.find(({ window, start }) => window === '1m' && start === START);
    assert.equal(full?.count, 1_001);
    for (const [name, exact] of Object.entries({ '0': 0, '0.5': 500, '0.95': 950, '1': 1_000 })) {
      const estimate = full?.quantiles?.[name] as number;
      assert.ok(Math.abs(estimate - exact) <= 0.0101 * exact, `${name}: ${estimate} is not ${exact}`);
    }
    assert.ok(all.filter(({ window }) => window === '10s').every(({ quantiles }) => quantiles === null));
  });
});
