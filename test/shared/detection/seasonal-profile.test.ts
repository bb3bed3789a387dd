import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IS_KNOWN } from '../../../shared/detection/parts/series-state.js';
import { Random } from './families/random.js';
import { normal, seeded, series } from './generators.js';
import { alarms, detector, FIVE_MINUTES, observations, PER_DAY, run, viewOf } from './scored.js';

test('a daily peak that stays out is an anomaly, though nothing is out of range', () => {
  const random = new Random(5);
  const values = series(14 * PER_DAY, (i) => {
    const hour = (i % PER_DAY) / 12;
    const isPeak = hour >= 9 && hour < 17 && Math.floor(i / PER_DAY) !== 11;
    return 20 + (isPeak ? 50 : 0) + 2 * random.normal();
  });
  const results = run(observations(values, FIVE_MINUTES));
  const missing = 11 * PER_DAY + 9 * 12;
  const reported = results.findIndex(({ isAnomaly }, i) => isAnomaly && i >= missing);
  assert.ok(reported >= missing && reported <= missing + 24, `reported at ${reported}, peak at ${missing}`);
  assert.ok(results[reported]?.isSeasonal);
  assert.ok(results[reported]?.reason?.parts.some((part) => part.startsWith('season')));
  const usual = results[10 * PER_DAY + 13 * 12];
  assert.ok(usual !== undefined && Math.abs(usual.expected - 70) < 5);
});

test('a weekend is distinguished from working days', () => {
  const random = new Random(6);
  const values = series(28 * PER_DAY, (i) => {
    const weekday = (Math.floor(i / PER_DAY) + 1) % 7;
    return (weekday % 6 === 0 ? 20 : 80) + random.normal();
  });
  const results = run(observations(values, FIVE_MINUTES));
  const noon = (day: number) => results[day * PER_DAY + 144]?.expected ?? Number.NaN;
  assert.ok(Math.abs(noon(26) - 20) < 3, `Saturday ${noon(26)}`);
  assert.ok(Math.abs(noon(25) - 80) < 3, `Friday ${noon(25)}`);
});

/** Much from 8 to 18 on workdays. */
function businessWeeks(weeks: number, noise: () => number): number[] {
  return series(weeks * 7 * PER_DAY, (i) => {
    const hour = (i % PER_DAY) / 12;
    const isWork = Math.floor(i / PER_DAY) % 7 < 5 && hour >= 8 && hour < 18;
    return (isWork ? 100 : 20) + noise();
  });
}

test('what begins on the hour is expected from the hour on, and a weekend from the second one on', () => {
  const results = run(observations(businessWeeks(2, normal(seeded(4), 0, 1)), FIVE_MINUTES));
  const expected = (day: number, time: number) => results[day * PER_DAY + time]?.expected ?? Number.NaN;
  const isNear = (value: number, usual: number) => Math.abs(value - usual) < 0.15 * usual;
  for (const day of [9, 10, 11])
    for (const [time, usual] of [
      [8 * 12 - 1, 20],
      [8 * 12, 100],
      [18 * 12 - 1, 100],
      [18 * 12, 20],
    ] as const)
      assert.ok(isNear(expected(day, time), usual), `day ${day}, ${time}: ${expected(day, time)}`);
  assert.ok(isNear(expected(13, 144), 20), `second Sunday ${expected(13, 144)}`);
});

test('the first weekend of a business week does not hide what is odd in the weeks to come', () => {
  const values = businessWeeks(4, normal(seeded(5), 0, 4));
  const from = 17 * PER_DAY + 8 * 12;
  for (let i = from; i < from + 120; i++) values[i] = (values[i] ?? 0) / 3;
  const reported = alarms(values, FIVE_MINUTES).filter((i) => i >= 14 * PER_DAY);
  assert.ok((reported[0] ?? 0) >= from && (reported[0] ?? 0) < from + 12, `${reported}`);
});

test('when the week becomes known, the seasonal parts are silent until they know what is usual', () => {
  const given = observations(businessWeeks(3, normal(seeded(6), 0, 1)), FIVE_MINUTES);
  let state = detector.initial();
  let known = 0;
  for (const observation of given) {
    [state] = detector.observe(state, observation);
    if (viewOf(state).seasons[IS_KNOWN] === 1) known++;
    if (known === 50 || known === 500) {
      const [, { reason }] = detector.observe(state, { at: observation.at + FIVE_MINUTES, value: 300 });
      assert.equal(
        reason?.parts.some((part) => part.startsWith('season')) ?? false,
        known === 500,
        `${known}`,
      );
    }
  }
  assert.ok(known > 500);
});
