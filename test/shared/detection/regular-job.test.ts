import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { Random } from './families/random.js';
import { series } from './generators.js';
import { resultsOf } from './run.js';

const STEP = 600_000;
const PER_DAY = 144;

function run(values: readonly number[]) {
  return resultsOf(
    values.map((value, i) => ({ at: (i + 1) * STEP, value })),
    ensemble(),
  );
}

const overdue = (values: readonly number[]) =>
  run(values).flatMap(({ reason }, i) => (reason?.parts[0] === 'absence' ? [i] : []));

test('a nightly job that does not run is reported once, soon after its time, and the night after is as before', () => {
  const random = new Random(1);
  const values = series(28 * PER_DAY, (i) =>
    i % PER_DAY === 12 && i !== 20 * PER_DAY + 12 ? 1_000 * random.between(0.9, 1.1) : 0,
  );
  const found = overdue(values);
  assert.equal(found.length, 1);
  assert.ok((found[0] ?? 0) > 20 * PER_DAY + 12 && (found[0] ?? 0) <= 20 * PER_DAY + 12 + PER_DAY / 8);
  const reason = run(values)[found[0] ?? 0]?.reason;
  assert.ok(Math.abs((reason?.usual ?? 0) - 86_400_000) < STEP);
});

test('a job on time is no anomaly once it is known, and one of many times the size is', () => {
  const random = new Random(2);
  const values = series(20 * PER_DAY, (i) =>
    i % 24 === 0 ? 100 * random.between(0.9, 1.1) : random.uniform(),
  );
  const results = run(values.map((value, i) => (i === 15 * PER_DAY ? 3_000 : value)));
  assert.deepEqual(
    results.flatMap(({ isAnomaly }, i) => (isAnomaly && i > 3 * PER_DAY ? [i] : [])),
    [15 * PER_DAY],
  );
});

test('what comes at any time, a daily wave and noise are never overdue', () => {
  const random = new Random(3);
  assert.deepEqual(overdue(series(5_000, () => (random.chance(0.02) ? 100 : 0))), []);
  assert.deepEqual(
    overdue(series(5_000, (i) => 50 + 40 * Math.sin((2 * Math.PI * i) / PER_DAY) + random.normal())),
    [],
  );
  assert.deepEqual(overdue(series(5_000, () => random.normal())), []);
});

test('what runs by the hour on workdays only is reported once, not each night', () => {
  const random = new Random(4);
  const values = series(28 * PER_DAY, (i) => {
    const isOpen = i % PER_DAY >= 48 && i % PER_DAY < 108 && Math.floor(i / PER_DAY) % 7 < 5;
    return isOpen && i % 6 === 0 ? 100 * random.between(0.9, 1.1) : 0;
  });
  assert.ok(overdue(values).length <= 1);
});

test('after a gap in which nothing was seen nobody says that the job was overdue', () => {
  const random = new Random(5);
  const given = series(28 * PER_DAY, (i) => i)
    .filter((i) => i < 20 * PER_DAY || i > 22 * PER_DAY + 40)
    .map((i) => ({
      at: (i + 1) * STEP,
      value: i % PER_DAY === 12 ? 1_000 * random.between(0.9, 1.1) : 0,
    }));
  assert.ok(resultsOf(given, ensemble()).every(({ reason }) => reason?.parts[0] !== 'absence'));
});
