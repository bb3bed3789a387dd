import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bounded, type DetectionResult, type Observation } from '../../../shared/detection/detector.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { observeSeries } from '../../../shared/detection/observe-series.js';
import { corpusOf } from './events/index.js';
import { autoregressive } from './families/draft.js';
import { Random } from './families/random.js';
import { normal, seeded, series } from './generators.js';
import {
  alarms,
  detector,
  FIVE_MINUTES,
  observations,
  PER_DAY,
  run,
  START,
  TEN_SECONDS,
  viewOf,
} from './scored.js';

/** Any doubles, also absurd ones, with runs of equal and of missing values, at any times. */
const anySeries = fc
  .array(
    fc.record({
      value: fc.oneof(
        fc.double(),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.constant(null),
        fc.constant(0),
      ),
      times: fc.integer({ min: 1, max: 30 }),
      step: fc.constantFrom(0, -1, 1_000, FIVE_MINUTES, 90_000_000),
    }),
    { maxLength: 40 },
  )
  .map((runs) => {
    let at = START;
    return runs.flatMap(({ value, times, step }) =>
      series(times, () => {
        at += step;
        return { at, value };
      }),
    );
  });

test('the sensitivity widens and narrows the band, and changes neither what is learnt nor what is expected', () => {
  const noise = normal(seeded(3), 50, 2);
  const given = observations(series(3_000, noise));
  const [least, less, usual, more, most] = [0.2, 0.6, 1, 2, 5].map((sensitivity) =>
    run(given, ensemble({ sensitivity })),
  ) as [DetectionResult[], DetectionResult[], DetectionResult[], DetectionResult[], DetectionResult[]];
  assert.deepEqual(run(given), usual);
  for (const [i, { expected, lower, upper }] of usual.entries()) {
    for (const [wider, narrower] of [
      [least, less],
      [less, usual],
      [usual, more],
      [more, most],
    ] as const) {
      assert.equal(wider[i]?.expected, expected);
      assert.ok((wider[i]?.lower ?? 0) <= (narrower[i]?.lower ?? 0));
      assert.ok((wider[i]?.upper ?? 0) >= (narrower[i]?.upper ?? 0));
    }
    if (i < 1_000) continue;
    assert.ok((least[i]?.upper ?? 0) - expected > 2 * (upper - expected));
    assert.ok((most[i]?.upper ?? 0) - expected < (upper - expected) / 2);
    assert.ok(expected - (most[i]?.lower ?? 0) < (expected - lower) / 2);
  }
});

test('a value within the band is no anomaly at that sensitivity, where no other part is louder than the forecast', () => {
  for (const sensitivity of [0.2, 0.5, 1, 2, 5]) {
    const by = ensemble({ sensitivity });
    const noise = normal(seeded(9), 50, 2);
    let state = by.initial();
    const found = { inside: 0, outside: 0 };
    for (const [i, { at, value }] of observations(series(2_000, noise)).entries()) {
      // What comes next is nothing yet, and what is tried in its place is not learnt. Of noise, the baseline is the best forecast.
      const [, { lower, upper, expected }] = by.observe(state, { at, value: null });
      const isOdd = (share: number) =>
        [upper, lower].some((edge) => {
          const [, { isAnomaly, reason }] = by.observe(state, {
            at,
            value: expected + share * (edge - expected),
          });
          return isAnomaly && reason?.parts[0] === 'baseline';
        });
      if ([0.1, 0.5, 0.99].some(isOdd)) found.inside += 1;
      if (i > 500 && sensitivity >= 1 && isOdd(20)) found.outside += 1;
      [state] = by.observe(state, { at, value });
    }
    assert.equal(found.inside, 0);
    assert.ok(sensitivity < 1 || found.outside > 100, `${sensitivity}: ${found.outside}`);
  }
});

test('any series gets scores within [0, 1] and a finite band around the expected value', () => {
  fc.assert(
    fc.property(anySeries, (given) => {
      for (const { score, expected, lower, upper, isAnomaly } of run(given)) {
        assert.ok(score >= 0 && score <= 1, `score ${score}`);
        assert.ok(lower <= expected && expected <= upper, `${lower} <= ${expected} <= ${upper}`);
        assert.ok(Number.isFinite(lower) && Number.isFinite(upper), `${lower}, ${upper}`);
        assert.equal(isAnomaly, score >= 0.5);
      }
    }),
  );
});

test('a first change from almost nothing to almost everything leaves the swings comparable', () => {
  const noise = normal(seeded(7), 0, 1e300);
  const given = observations([0, 1e-300, ...series(500, noise)]);
  let state = detector.initial();
  for (const observation of given) {
    const [next, { score }] = detector.observe(state, observation);
    assert.ok(score >= 0 && score <= 1);
    const { floors } = viewOf(next);
    assert.ok(
      floors.every((floor) => !Number.isFinite(floor) === Number.isNaN(floor)),
      `${floors}`,
    );
    state = next;
  }
});

test('a season is learnt before 1970 as after it', () => {
  const season = (from: number) =>
    run(
      series(6 * PER_DAY, (i) => ({
        at: from + i * FIVE_MINUTES,
        value: 10 * Math.sin((2 * Math.PI * i) / PER_DAY),
      })),
    ).map(({ expected, isSeasonal }) => [expected.toFixed(6), isSeasonal]);
  const week = 7 * 86_400_000;
  assert.deepEqual(season(START - 3_000 * week), season(START));
});

test('an observation changes nothing that it is given, and the same input gives the same result', () => {
  fc.assert(
    fc.property(anySeries, fc.double(), (given, value) => {
      let state = detector.initial();
      for (const observation of given) [state] = detector.observe(state, observation);
      const before = detector.save(state);
      const observation = { at: START, value };
      const first = detector.observe(state, observation);
      assert.deepEqual(detector.save(state), before);
      assert.deepEqual(detector.observe(state, observation), first);
    }),
  );
});

test('saved and loaded in the middle, it gives the same results, from under 2.2 KB', () => {
  fc.assert(
    fc.property(anySeries, fc.nat(), (given, cut) => {
      let state = detector.initial();
      const results = given.map((observation, i) => {
        if (i === cut % given.length) {
          const bytes = detector.save(state);
          assert.ok(bytes.length < 2_200, `${bytes.length} bytes`);
          const loaded = detector.load(bytes);
          assert.ok(loaded !== null);
          assert.deepEqual(loaded, state);
          state = loaded;
        }
        const [next, result] = detector.observe(state, observation);
        state = next;
        return result;
      });
      assert.deepEqual(results, run(given));
    }),
  );
});

test('bytes of another version, or cut short, are not loaded', () => {
  const bytes = detector.save(detector.initial());
  assert.equal(detector.load(Buffer.from([99, ...bytes.subarray(1)])), null);
  assert.equal(detector.load(bytes.subarray(0, -1)), null);
  assert.equal(detector.load(Buffer.alloc(0)), null);
});

test('in two states that take turns, a series has the same results as in one of its own for each observation', () => {
  fc.assert(
    fc.property(anySeries, (given) => {
      assert.deepEqual(given.map(observeSeries(detector)), run(given));
    }),
  );
});

test('loaded over a state that nobody needs any more, it is the same, of any version, in the memory of that one', () => {
  const after = (given: readonly Observation[]) => {
    let state = detector.initial();
    for (const observation of given) [state] = detector.observe(state, observation);
    return state;
  };
  const bytesOf = fc.constantFrom([3, 1_521], [4, 1_737], [5, Number.POSITIVE_INFINITY] as const);
  fc.assert(
    fc.property(anySeries, anySeries, bytesOf, (given, others, [version, length]) => {
      const bytes = detector.save(after(given)).subarray(0, length);
      bytes[0] = version ?? 0;
      const spare = after(others);
      const loaded = detector.load(bytes, spare);
      assert.deepEqual(loaded, detector.load(bytes));
      assert.equal(loaded, spare);
    }),
  );
});

for (const { version, length, learntAnew } of [
  { version: 3, length: 1_521, learntAnew: true },
  { version: 4, length: 1_737, learntAnew: false },
])
  test(`what version ${version} has saved goes on${learntAnew ? '; only its seasonal residuals are learnt anew' : ''}`, () => {
    const given = observations(series(12 * PER_DAY, normal(seeded(1), 50, 2)), FIVE_MINUTES);
    const [before, after] = [given.slice(0, -500), given.slice(-500)];
    let state = detector.initial();
    for (const observation of before) [state] = detector.observe(state, observation);
    const bytes = detector.save(state).subarray(0, length);
    bytes[0] = version;
    const loaded = detector.load(bytes);
    assert.ok(loaded !== null);
    const [known, knew] = [viewOf(loaded), viewOf(state)];
    assert.deepEqual(known.numbers, knew.numbers);
    assert.deepEqual([known.totals[0], known.totals[1]], [knew.totals[0], learntAnew ? 0 : knew.totals[1]]);
    let resumed = loaded;
    const results = after.map((observation) => {
      const [next, result] = detector.observe(resumed, observation);
      resumed = next;
      return result;
    });
    assert.ok(results.every(({ isAnomaly }) => !isAnomaly));
    const at = (given.at(-1)?.at ?? 0) + FIVE_MINUTES;
    assert.equal(detector.observe(resumed, { at, value: 90 })[1].isAnomaly, true);
    assert.ok(viewOf(resumed).workday.every((value) => !Number.isNaN(value)));
    assert.equal(detector.load(bytes.subarray(0, -1)), null);
  });

test('no value within the band is an anomaly, but for one that is stuck, missing or beyond a limit', () => {
  const apart = ['threshold', 'stuck', 'absence'];
  const isRight = ({ value }: Observation, { isAnomaly, reason, lower, upper }: DetectionResult) =>
    !isAnomaly ||
    apart.includes(reason?.parts[0] ?? '') ||
    bounded(value ?? 0) <= lower ||
    bounded(value ?? 0) >= upper;
  fc.assert(
    fc.property(anySeries, (given) => {
      for (const [i, result] of run(given).entries()) assert.ok(isRight(given[i] as Observation, result));
    }),
  );
  const { made, operational } = corpusOf(1);
  for (const { name, points } of [...made, ...operational])
    for (const [i, result] of run(points).entries())
      assert.ok(isRight(points[i] as Observation, result), `${name} ${i}`);
});

test('a missing value scores 0 and nothing is learnt of it', () => {
  const given = observations(series(300, normal(seeded(1), 50, 2)));
  const holed = given.flatMap((one, i) =>
    i % 3 === 0 ? [{ ...one, value: null }, one, { ...one, value: Number.NaN }] : [one],
  );
  const results = run(holed);
  const isMissing = (i: number) => !Number.isFinite(holed[i]?.value ?? Number.NaN);
  assert.deepEqual(
    results.filter((_, i) => !isMissing(i)),
    run(given),
  );
  assert.ok(results.every(({ score }, i) => !isMissing(i) || score === 0));
});

test('nothing is said of the first twenty values', () => {
  assert.deepEqual(alarms(series(20, (i) => (i % 7 === 3 ? 1e6 : i))), []);
});

test('the longer a series is known, the less a spike must stand out, and the more serious it is', () => {
  const spike = (history: number, sigmas: number) => {
    const values = [...series(history, normal(seeded(history), 50, 1)), 50 + sigmas];
    return run(observations(values)).at(-1);
  };
  assert.equal(spike(60, 10)?.isAnomaly, false);
  assert.equal(spike(60, 100)?.isAnomaly, true);
  assert.equal(spike(3_000, 10)?.isAnomaly, true);
  assert.equal(spike(3_000, 10)?.severity, 'warning');
  assert.equal(spike(3_000, 100)?.severity, 'critical');
});

test('noise of many kinds raises hardly an alarm a day at one value in ten seconds, and no critical one', () => {
  const kinds: ((random: Random) => () => number)[] = [
    (random) => () => 50 + random.normal(),
    (random) => () => random.poisson(0.3),
    (random) => () => random.uniform(),
    (random) => {
      const noise = autoregressive(random, 0.95);
      return () => noise();
    },
    (random) => {
      let count = 0;
      return () => {
        count += random.poisson(20);
        return count;
      };
    },
  ];
  const results = kinds.flatMap((kind, k) => run(observations(series(8_640, kind(new Random(k))))));
  assert.ok(results.filter(({ isAnomaly }) => isAnomaly).length <= kinds.length);
  assert.ok(results.every(({ severity }) => severity !== 'critical'));
});

test('a disk that is written to now and then, in batches of any size, raises no critical alarm', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = new Random(seed);
    const results = run(observations(series(2_000, () => (random.chance(0.1) ? random.pareto(1.5) : 0))));
    assert.ok(
      results.every(({ severity }) => severity !== 'critical'),
      `seed ${seed}`,
    );
  }
});

test('a level shift is reported once, then learned: its end is reported again', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const noise = normal(seeded(seed), 0, 1);
    const values = series(3_000, (i) => noise() + (i >= 1_000 && i < 2_000 ? 150 : 50));
    assert.deepEqual(alarms(values), [1_000, 2_000], `seed ${seed}`);
    const learned = run(observations(values))[1_500];
    assert.ok(learned !== undefined && Math.abs(learned.expected - 150) < 3, `seed ${seed}`);
  }
});

test('a constant series is silent, and a change of it is reported once and not as critical', () => {
  for (const level of [0, 5, -3, 1e9, 1e-6]) {
    const after = level === 0 ? 1 : level * 1.5;
    const values = series(700, (i) => (i < 500 ? level : after));
    assert.deepEqual(alarms(values), [500], `level ${level}`);
    assert.equal(run(observations(values))[500]?.severity, 'info');
  }
});

test('rounding noise on a constant series is silent', () => {
  const random = seeded(3);
  assert.deepEqual(alarms(series(1_000, () => 100 * (1 + (random() - 0.5) * 1e-9))), []);
});

test('a counter is expected to go on growing; its new start is reported', () => {
  const random = new Random(4);
  let count = 1e9;
  const values = series(2_000, (i) => {
    count = i === 1_500 ? 0 : count + random.poisson(20);
    return count;
  });
  const results = run(observations(values));
  const before = results[1_499];
  assert.ok(before !== undefined && Math.abs(before.expected - (values[1_499] ?? 0)) < 30);
  assert.deepEqual(alarms(values), [1_500]);
});

test('an outlier of any size does not hide the next one', () => {
  const noise = normal(seeded(7), 50, 1);
  const places = [600, 1_200, 1_800];
  const values = series(2_600, (i) => noise() + (places.includes(i) ? 1e9 : 0));
  assert.deepEqual(alarms(values), places);
});

test('an incident is reported once', () => {
  const noise = normal(seeded(11), 100, 1);
  const bumps = new Map([
    [1_000, 20],
    [1_003, 22],
    [1_006, 90],
    [1_008, 85],
  ]);
  assert.deepEqual(alarms(series(1_200, (i) => noise() + (bumps.get(i) ?? 0))), [1_000]);
});

test('a higher sensitivity reports more, a lower one less', () => {
  const random = new Random(8);
  const values = series(4_000, () => random.student(3));
  const count = (sensitivity: number) => alarms(values, TEN_SECONDS, ensemble({ sensitivity })).length;
  assert.ok(count(2) > count(1) && count(1) >= count(0.5));
  assert.equal(count(0.5), 0);
});
