import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Verdict } from '../../shared/detection/detector.js';
import { ROBUST_EWMA_DEFAULTS, robustEwma } from '../../shared/detection/robust-ewma.js';
import { normal, seeded, series } from './generators.js';

const detector = robustEwma();

function run(values: readonly (number | null)[]): Verdict[] {
  let state = detector.initial();
  return values.map((value, at) => {
    const [next, verdict] = detector.observe(state, { at, value });
    state = next;
    return verdict;
  });
}

function alarms(values: readonly (number | null)[]): number[] {
  return run(values).flatMap((verdict, i) => (verdict.isAnomaly ? [i] : []));
}

/** Any doubles, also absurd ones, with runs of equal and of missing values. */
const anySeries = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.double(),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.constant(null),
        fc.constant(0),
      ),
      fc.integer({ min: 1, max: 30 }),
    ),
    { maxLength: 40 },
  )
  .map((runs) => runs.flatMap(([value, times]) => Array<number | null>(times).fill(value)));

test('any series gets scores within [0, 1] and a finite band around the expected value', () => {
  fc.assert(
    fc.property(anySeries, (values) => {
      for (const { score, expected, lower, upper } of run(values)) {
        assert.ok(score >= 0 && score <= 1, `score ${score}`);
        assert.ok(lower <= expected && expected <= upper, `${lower} <= ${expected} <= ${upper}`);
        assert.ok(Number.isFinite(lower) && Number.isFinite(upper), `${lower}, ${upper}`);
      }
    }),
  );
});

test('an observation changes nothing that it is given, and the same input gives the same verdict', () => {
  fc.assert(
    fc.property(anySeries, fc.double(), (values, last) => {
      let state = detector.initial();
      for (const [at, value] of values.entries()) [state] = detector.observe(state, { at, value });
      const before = detector.save(state);
      const observation = { at: values.length, value: last };
      const first = detector.observe(state, observation);
      assert.deepEqual(detector.save(state), before);
      assert.deepEqual(detector.observe(state, observation), first);
    }),
  );
});

test('saved and loaded in the middle, a detector gives the same verdicts, in under 1 KB once warm', () => {
  fc.assert(
    fc.property(anySeries, fc.nat(), (values, cut) => {
      const at = values.length === 0 ? 0 : cut % values.length;
      let state = detector.initial();
      const verdicts: Verdict[] = [];
      for (const [i, value] of values.entries()) {
        if (i === at) {
          const bytes = detector.save(state);
          assert.ok(bytes.length < 1_024, `${bytes.length} bytes`);
          const loaded = detector.load(bytes);
          assert.ok(loaded !== null);
          assert.deepEqual(loaded, state);
          state = loaded;
        }
        const [next, verdict] = detector.observe(state, { at: i, value });
        state = next;
        verdicts.push(verdict);
      }
      assert.deepEqual(verdicts, run(values));
    }),
  );
});

test('bytes of another version, or cut short, are not loaded', () => {
  const bytes = detector.save(detector.initial());
  assert.equal(detector.load(Buffer.from([99, ...bytes.subarray(1)])), null);
  assert.equal(detector.load(bytes.subarray(0, -1)), null);
  assert.equal(detector.load(Buffer.alloc(0)), null);
});

test('missing values change nothing', () => {
  const noise = normal(seeded(1), 50, 2);
  const values = series(200, noise);
  const holed = values.flatMap((value, i) => (i % 3 === 0 ? [null, value, Number.NaN] : [value]));
  const verdicts = run(holed).filter((_, i) => Number.isFinite(holed[i] ?? Number.NaN));
  assert.deepEqual(verdicts, run(values));
});

test('nothing is said before the warm-up is over', () => {
  const values = series(ROBUST_EWMA_DEFAULTS.warmUp, (i) => (i % 7 === 3 ? 1e6 : i));
  assert.deepEqual(alarms(values), []);
});

test('a spike of eight standard deviations in normal noise is found at nearly all places', () => {
  let found = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const noise = normal(seeded(seed), 50, 1);
    const place = 40 + seed;
    const values = series(200, (i) => noise() + (i === place ? 8 : 0));
    if (alarms(values).includes(place)) found++;
  }
  assert.ok(found >= 90, `${found} of 100`);
});

test('an outlier does not widen the band for the next one', () => {
  const noise = normal(seeded(7), 50, 1);
  const places = [60, 90, 120, 150];
  const values = series(200, (i) => noise() + (places.includes(i) ? 1e9 : 0));
  assert.deepEqual(alarms(values), places);
});

test('clean normal noise raises at most one alarm in 100,000 observations', () => {
  let count = 0;
  for (let seed = 1; seed <= 100; seed++) count += alarms(series(1_000, normal(seeded(seed), 50, 3))).length;
  assert.ok(count <= 1, `${count} alarms`);
});

test('a slow wave in noise raises no alarm', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const noise = normal(seeded(seed), 0, 1);
    assert.deepEqual(alarms(series(1_000, (i) => 50 + 10 * Math.sin(i / 30) + noise())), [], `seed ${seed}`);
  }
});

test('noise with heavy tails (Laplace) raises less than one alarm in 1,000 observations', () => {
  let count = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed);
    const values = series(1_000, () => (random() < 0.5 ? -1 : 1) * -Math.log(1 - random()));
    count += alarms(values).length;
  }
  assert.ok(count < 50, `${count} alarms in 50,000`);
});

test('a level shift is told once, then learned: its end is told again', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const noise = normal(seeded(seed), 0, 1);
    const values = series(300, (i) => noise() + (i >= 100 && i < 200 ? 150 : 50));
    const verdicts = run(values);
    assert.deepEqual(alarms(values), [100, 200], `seed ${seed}`);
    const learned = verdicts[150];
    assert.ok(learned !== undefined && Math.abs(learned.expected - 150) < 3, `seed ${seed}`);
    assert.ok(learned.upper - learned.lower < 20, `seed ${seed}: the band stays as narrow as before`);
  }
});

test('a constant series is silent, and a change of it is told once', () => {
  for (const level of [0, 5, -3, 1e9, 1e-6]) {
    const after = level === 0 ? 1 : level * 1.5;
    const values = series(200, (i) => (i < 150 ? level : after));
    assert.deepEqual(alarms(values), [150], `level ${level}`);
  }
});

test('rounding noise on a constant series is silent', () => {
  const random = seeded(3);
  assert.deepEqual(alarms(series(500, () => 100 * (1 + (random() - 0.5) * 1e-9))), []);
});

test('an incident is told once, and again only when it gets clearly worse', () => {
  const noise = normal(seeded(11), 100, 1);
  const bumps = new Map([
    [100, 20],
    [103, 22],
    [106, 90],
    [108, 85],
  ]);
  const values = series(200, (i) => noise() + (bumps.get(i) ?? 0));
  assert.deepEqual(alarms(values), [100, 106]);
});

test('severity grows with the distance from the band', () => {
  const noise = series(200, normal(seeded(5), 100, 1));
  const severityOfSpike = (height: number) => run([...noise, 100 + height]).at(-1)?.severity;
  const band = run([...noise, 100]).at(-1);
  assert.ok(band !== undefined);
  const half = band.upper - band.expected;
  assert.equal(severityOfSpike(half * 0.5), 'info');
  assert.equal(severityOfSpike(half * 1.3), 'info');
  assert.equal(severityOfSpike(half * 2), 'warning');
  assert.equal(severityOfSpike(half * 4), 'critical');
});
