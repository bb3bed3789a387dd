import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { type DetectionRule, watches } from '../../../services/anomaly/detection-rules.js';
import { loadEntry } from '../../../services/anomaly/series-entry.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { StateChange } from '../../../shared/core/stage.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { EPOCH as NOW, WALL, windowOf } from '../../shared/alerting/helpers.js';
import { normal, seeded, series } from '../../shared/detection/generators.js';
import { anomaliesOf, fresh, REST, setUp, step, windowEncoder } from './stage.js';

/** Noise around 12 with a spike to 40 at window 50. */
const noise = normal(seeded(4), 12, 0.5);
const spiked = series(60, (i) => windowOf(i, i === 50 ? 40 : noise()));

test('a spike becomes one anomaly with value, band, score and an explanation', () => {
  const { stage, seen } = setUp();
  const result = step(stage, fresh(stage), spiked);
  const [anomaly, ...others] = anomaliesOf(result);
  assert.ok(anomaly !== undefined);
  assert.deepEqual(others, []);
  const [written] = [...result.outputs];
  assert.equal(written?.topic, 'anomalies');
  assert.equal(written?.key?.toString(), 'acme|cpu');
  assert.match(anomaly.detector, /^[a-z-]+(\+[a-z-]+){0,2}$/);
  assert.deepEqual([anomaly.start, anomaly.end], [NOW + 500_000, NOW + 510_000]);
  assert.deepEqual(anomaly.tags, { host: 'a' });
  assert.equal(anomaly.value, 40);
  assert.equal(anomaly.severity, 'warning');
  assert.equal(anomaly.detectedAt, WALL);
  assert.ok(anomaly.lower < anomaly.expected && anomaly.expected < anomaly.upper && anomaly.upper < 40);
  assert.ok(anomaly.score >= 0.65 && anomaly.score <= 1);
  assert.match(
    anomaly.explanation,
    /3\.\d+x the expected 1[12](\.\d+)? \(band \d+(\.\d+)? to \d+(\.\d+)?\)$/,
  );
  assert.deepEqual(seen.found, ['warning']);
  assert.equal(seen.scored, 60);
});

test('cut into batches at any place and restored from the changelog there, the anomalies are the same', () => {
  const whole = setUp();
  const expected = anomaliesOf(step(whole.stage, fresh(whole.stage), spiked));
  for (let cut = 0; cut <= spiked.length; cut++) {
    const first = setUp();
    const before = step(first.stage, fresh(first.stage), spiked.slice(0, cut));
    const second = setUp();
    const after = step(second.stage, fresh(second.stage, before.changes), spiked.slice(cut), cut);
    assert.deepEqual([...anomaliesOf(before), ...anomaliesOf(after)], expected, `cut at ${cut}`);
    assert.deepEqual(second.stage.checkpoint(after.state), { offset: 60, metadata: '' });
  }
});

test('windows that come again are passed over, and change neither state nor changelog', () => {
  const { stage, seen } = setUp();
  const first = step(stage, fresh(stage), spiked);
  const again = step(stage, first.state, spiked, 60);
  assert.equal(again.outputs.length, 0);
  assert.deepEqual(again.changes, []);
  assert.equal(seen.repeated, 60);
});

test('the same window gives the same id, other windows and series other ones', () => {
  const ids = [spiked, spiked, spiked.map((w) => ({ ...w, tags: { host: 'b' } }))].map((windows) => {
    const { stage } = setUp();
    return anomaliesOf(step(stage, fresh(stage), windows))[0]?.id;
  });
  assert.match(ids[0] ?? '', /^[0-9a-f]{32}$/);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});

test('series are distinguished by tenant, metric and tags, in any order of the tags', () => {
  const { stage } = setUp();
  const kinds: Partial<WindowAggregate>[] = [
    { tags: { a: '1', b: '2' } },
    { tags: { b: '2', a: '1' } },
    { tags: { a: '1' } },
    { tags: {} },
    { metric: 'memory', tags: {} },
    { tenantId: 'other', tags: {} },
  ];
  const result = step(
    stage,
    fresh(stage),
    kinds.map((kind, i) => windowOf(i, 1, kind)),
  );
  assert.equal(result.changes.length, 5);
});

test('series side by side have the anomalies and the state that each has alone', () => {
  const each = ['a', 'b', 'c'].map((host, h) => {
    const values = normal(seeded(h), 12 + h, 0.5);
    return series(60, (i) => windowOf(i, i === 40 + h ? 40 : values(), { tags: { host } }));
  });
  const alone = each.map((windows) => {
    const { stage } = setUp({}, { sensitivity: 2 });
    const state = fresh(stage);
    step(stage, state, windows.slice(0, 30));
    return step(stage, state, windows.slice(30), 30);
  });
  const { stage } = setUp({}, { sensitivity: 2 });
  const state = fresh(stage);
  // Not in the same order at each time.
  const rounds = Array.from({ length: 60 }, (_, i) =>
    each.map((_, h) => each[(h + i) % 3]?.[i] as WindowAggregate),
  );
  step(stage, state, rounds.slice(0, 30).flat());
  const together = step(stage, state, rounds.slice(30).flat(), 90);
  const byId = (found: readonly Anomaly[]) => found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  assert.deepEqual(byId(anomaliesOf(together)), byId(alone.flatMap(anomaliesOf)));
  const bytesOf = (changes: readonly StateChange[]) =>
    new Map(changes.map(({ key, value }) => [key, detectorOf(value)]));
  assert.deepEqual(bytesOf(together.changes), bytesOf(alone.flatMap(({ changes }) => changes)));
});

/** What the detector has saved; the cadence before it counts the times of all series. */
function detectorOf(value: Buffer | null): Buffer | undefined {
  return value === null ? undefined : loadEntry(value)?.detectorState;
}

test('windows of another definition are passed over', () => {
  const { stage, seen } = setUp();
  const result = step(stage, fresh(stage), [windowOf(0, 1, { window: '1m' })]);
  assert.deepEqual(result.changes, []);
  assert.equal(seen.scored, 0);
});

test('a record that cannot be decoded is refused by its code, and the others are scored', () => {
  const { stage, seen } = setUp();
  const good = { value: windowEncoder.encode(windowOf(0, 1)) };
  const records = [{ value: Buffer.from('nonsense') }, good, { value: null }];
  const result = stage.step(fresh(stage), arrayBatch({ topic: 'windows', records, baseOffset: 7 }), NOW);
  assert.deepEqual(
    result.refusals.map(({ index, code }) => [index, code]),
    [
      [0, 'TACTUS_RECORD_BAD_MAGIC'],
      [2, 'TACTUS_RECORD_EMPTY'],
    ],
  );
  assert.equal(seen.scored, 1);
  assert.equal(stage.checkpoint(result.state).offset, 10);
});

test('the many series of one tenant cost no other what was learnt', () => {
  const { stage, seen } = setUp({ maxSeries: 20 });
  let state = fresh(stage);
  const gone: string[] = [];
  for (let n = 0; n < 30; n++) {
    const good = Array.from({ length: 5 }, (_, i) =>
      windowOf(n, 1, { tenantId: 'good', tags: { host: `${i}` } }),
    );
    const flood = Array.from({ length: 40 }, (_, i) =>
      windowOf(n, 1, { tenantId: 'flood', tags: { request: `${n} ${i}` } }),
    );
    const result = step(stage, state, [...good, ...flood], n * 45);
    gone.push(...result.changes.flatMap(({ key, value }) => (value === null ? [key] : [])));
    state = result.state;
  }
  assert.equal(seen.evicted.length, 30 * 40 - 15);
  assert.ok(gone.every((key) => key.startsWith('flood\0')));
});

test('beyond the limit the series unseen for longest is forgotten, with a tombstone', () => {
  const { stage, seen } = setUp({ maxSeries: 2 });
  const hosts = ['a', 'b', 'a', 'c'];
  const state = hosts.reduce(
    (current, host, i) => step(stage, current, [windowOf(i, 1, { tags: { host } })], i).state,
    fresh(stage),
  );
  assert.deepEqual(seen.evicted, ['limit']);
  const result = step(stage, state, [windowOf(4, 1, { tags: { host: 'd' } })], 4);
  const tombstones = result.changes.filter(({ value }) => value === null).map(({ key }) => key);
  assert.equal(tombstones.length, 1);
  assert.match(tombstones[0] ?? '', /a$/);
  assert.equal(state.series.size, 2);
});

test('a restored state forgets the same series as one that ran on, and none that is forgotten already', () => {
  const { stage } = setUp({ maxSeries: 3 });
  const changes: StateChange[] = [];
  let running = fresh(stage);
  const hosts = ['a', 'b', 'c', 'a', 'd', 'c', 'e'];
  for (const [i, host] of hosts.entries()) {
    const restored = fresh(stage, changes);
    const windows = [windowOf(i, 1, { tags: { host } }), windowOf(i + 1, 1, { tags: { host: 'a' } })];
    const wanted = step(stage, running, windows, i);
    const result = step(stage, restored, windows, i);
    assert.deepEqual(result.changes, wanted.changes, `at ${host}`);
    running = wanted.state;
    changes.push(...wanted.changes);
  }
  assert.ok(changes.some(({ value }) => value === null));
});

test('a series that is idle for too long, by the time of the windows, is forgotten', () => {
  const { stage, seen } = setUp({ idleMs: 60_000 });
  const first = step(stage, fresh(stage), [windowOf(0, 1, { tags: { host: 'gone' } }), windowOf(1, 1)]);
  const second = step(stage, first.state, [windowOf(6, 1)], 2);
  assert.deepEqual(seen.evicted, []);
  const third = step(stage, second.state, [windowOf(7, 1)], 3);
  assert.deepEqual(seen.evicted, ['idle']);
  assert.equal(third.changes.filter(({ value }) => value === null).length, 1);
});

test('a saved state of another version is discarded and counted', () => {
  const { stage, seen } = setUp();
  const state = fresh(stage, [{ key: 'some series', value: Buffer.from([77, 1, 2, 3]) }]);
  assert.equal(seen.discarded, 1);
  assert.equal(state.series.size, 0);
});

test('a clock tick changes nothing', () => {
  const { stage } = setUp();
  const { state } = step(stage, fresh(stage), spiked);
  const tick = stage.step(state, arrayBatch({ topic: 'windows', records: [], baseOffset: 60 }), NOW + 1e9);
  assert.deepEqual([[...tick.outputs], tick.changes, tick.refusals], [[], [], []]);
  assert.equal(stage.checkpoint(tick.state).offset, 60);
});

const hosts = (index: number, names: readonly string[]) =>
  names.map((host) => windowOf(index, 12 + (index % 3), { tags: { host } }));

/** Both hosts for 100 windows, then only b. */
const quiet = series(140, (i) => hosts(i, i < 100 ? ['a', 'b'] : ['b'])).flat();

test('a series that falls silent while others go on is reported once, and its return makes it heard again', () => {
  const { stage } = setUp();
  const { state, ...first } = step(stage, fresh(stage), quiet);
  const [silence, ...others] = anomaliesOf({ state, ...first });
  assert.deepEqual(others, []);
  assert.deepEqual(
    [silence?.detector, silence?.tags, silence?.severity],
    ['silence', { host: 'a' }, 'warning'],
  );
  assert.deepEqual([silence?.start, silence?.end], [NOW + 990_000, NOW + 1_090_000]);
  assert.match(
    silence?.explanation ?? '',
    /^nothing since Tuesday 22:29 UTC, for 10 windows of others; at most 9 are usual$/,
  );
  const back = series(20, (i) => hosts(140 + i, i < 10 ? ['a', 'b'] : ['b'])).flat();
  const second = anomaliesOf(step(stage, state, back, quiet.length));
  assert.deepEqual(second, [], 'a long gap was seen, so that as long a one is no surprise');
});

test('a pause of all series makes none of them silent', () => {
  const { stage } = setUp();
  const resumed = series(100, (i) => hosts(i < 80 ? i : i + 5_000, ['a', 'b', 'c'])).flat();
  assert.deepEqual(anomaliesOf(step(stage, fresh(stage), resumed)), []);
});

test('cut at any place and restored there, the same silences are reported', () => {
  const whole = setUp();
  const expected = anomaliesOf(step(whole.stage, fresh(whole.stage), quiet));
  for (let cut = 190; cut <= quiet.length; cut += 3) {
    const first = setUp();
    const before = step(first.stage, fresh(first.stage), quiet.slice(0, cut));
    const second = setUp();
    const after = step(second.stage, fresh(second.stage, before.changes), quiet.slice(cut), cut);
    assert.deepEqual([...anomaliesOf(before), ...anomaliesOf(after)], expected, `cut at ${cut}`);
  }
});

test('a rule chooses window, field and limits of the metrics and tenants that it names', () => {
  const { stage, seen } = setUp(
    {},
    { tenants: 'ac*', metrics: 'cpu', window: '1m', field: 'p95', above: 90 },
  );
  const calm = series(30, (i) => windowOf(i, 12, { window: '1m', quantiles: { '0.95': 20 } }));
  const high = [
    windowOf(30, 12, { window: '1m', quantiles: { '0.95': 95 } }),
    windowOf(31, 12, { window: '1m', quantiles: { '0.95': 96 } }),
    windowOf(30, 12),
    windowOf(30, 12, { tenantId: 'other', window: '1m' }),
  ];
  const [anomaly, ...others] = anomaliesOf(step(stage, fresh(stage), [...calm, ...high]));
  assert.deepEqual(others, []);
  assert.deepEqual([anomaly?.detector, anomaly?.value, anomaly?.severity], ['threshold', 95, 'warning']);
  assert.match(anomaly?.explanation ?? '', /^above the limit of 90; /);
  assert.equal(seen.scored, 32);
});

/** Host a has load and cpu that go together, but not in window 700. */
const pairs = series(720, (i) => {
  const load = 5 + 4 * Math.sin(i) + noise() / 100;
  const isOdd = i === 700;
  return [windowOf(i, isOdd ? 5 : load, { metric: 'load' }), windowOf(i, isOdd ? 400 : 20 * load)];
}).flat();

test('metrics of one host that are not seen together so are reported as such, also after a restart in between', () => {
  const whole = setUp({ maxGroups: 10 });
  const told = anomaliesOf(step(whole.stage, fresh(whole.stage), pairs));
  const joint = told.find(({ detector }) => detector === 'isolation-forest');
  assert.deepEqual([joint?.start, joint?.metric], [NOW + 7_000_000, 'cpu']);
  assert.match(joint?.explanation ?? '', /^not seen together before: cpu 400 \(usually 1\d\d\), load 5 /);
  for (const cut of [1_199, 1_400, 1_401]) {
    const first = setUp({ maxGroups: 10 });
    const before = step(first.stage, fresh(first.stage), pairs.slice(0, cut));
    const second = setUp({ maxGroups: 10 });
    const after = step(second.stage, fresh(second.stage, before.changes), pairs.slice(cut), cut);
    assert.deepEqual([...anomaliesOf(before), ...anomaliesOf(after)], told, `cut at ${cut}`);
  }
});

test('values of any size make anomalies of finite figures, of single metrics and of several together', () => {
  for (const value of [1e150, -1e150, 1e39]) {
    const { stage } = setUp({ maxGroups: 10 });
    const windows = pairs.map((one) => (one.mean === 400 ? windowOf(700, value) : one));
    const anomalies = anomaliesOf(step(stage, fresh(stage), windows));
    const odd = anomalies.filter(({ start, metric }) => start === NOW + 7_000_000 && metric === 'cpu');
    assert.deepEqual(
      odd.map(({ detector }) => detector === 'isolation-forest'),
      [false, true],
    );
    const joint = odd.find(({ detector }) => detector === 'isolation-forest');
    assert.ok(
      joint !== undefined && joint.expected < 200 && joint.upper - joint.lower < 600,
      joint?.explanation,
    );
    for (const { value, expected, lower, upper, score } of anomalies)
      for (const figure of [value, expected, lower, upper, score]) assert.ok(Number.isFinite(figure));
  }
});

test('at the limit a further group waits until another one is idle, which is forgotten with a tombstone', () => {
  const { stage, seen } = setUp({ maxGroups: 1 });
  const first = step(stage, fresh(stage), [...hosts(0, ['a', 'b']), ...hosts(59, ['b'])]);
  assert.deepEqual(seen.evicted, []);
  const second = step(stage, first.state, hosts(60, ['b']), 3);
  assert.deepEqual(seen.evicted, ['group']);
  assert.equal(second.changes.filter(({ value }) => value === null).length, 1);
});

test('of members, whose values are hashes, their number is watched, whatever figure of the values a rule names', () => {
  const make = ({ sensitivity, ...limits }: DetectionRule) => ensemble({ sensitivity, limits });
  const figure = (field: string, distinct: number | null) =>
    watches([{ ...REST, field }], make)('t', 'm')?.value(windowOf(0, 7, { distinct, count: 3 }));
  assert.deepEqual(
    ['mean', 'max', 'count', 'distinct', 'rate'].map((field) => [figure(field, null), figure(field, 2)]),
    [
      [7, 2],
      [7, 2],
      [3, 3],
      [null, 2],
      [null, null],
    ],
  );
});
