import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allOf, eventF1, eventTally } from './events/event-score.js';
import { corpusOf, seedsOf } from './events/index.js';

const series = {
  name: 'made by hand',
  points: Array.from({ length: 1_000 }, (_, i) => ({ at: i, value: 0 })),
  incidents: [
    { from: 300, to: 310 },
    { from: 700, to: 702 },
  ],
};

test('an incident counts once however many alarms it has, and alarms outside count by groups', () => {
  const tally = eventTally(series, [300, 305, 309, 500, 503, 900]);
  assert.deepEqual(tally, { incidents: 2, found: 1, right: 1, wrong: 2 });
  // Half of the incidents, a third of the alarms.
  assert.equal(eventF1(tally), 40);
});

test('an alarm just behind an incident is of it, one before it is not, and none counts in the first rows', () => {
  assert.deepEqual(eventTally(series, [10, 299, 704]), { incidents: 2, found: 1, right: 1, wrong: 1 });
  assert.equal(eventF1(eventTally(series, [300, 700])), 100);
  assert.equal(eventF1(eventTally(series, [])), 0);
});

test('tallies add up', () => {
  const one = eventTally(series, [300]);
  assert.deepEqual(allOf([one, one]), { incidents: 4, found: 2, right: 2, wrong: 0 });
});

test('seeds kept apart are a third, and none of those that a detector is tuned on', () => {
  const tuning = seedsOf('tuning', 20);
  const apart = seedsOf('apart', 20);
  assert.equal(apart.length, 10);
  assert.equal(new Set([...tuning, ...apart]).size, 30);
});

test('the same seed gives the same series; each made one has its incidents behind the first rows, each clean one none', () => {
  const corpus = corpusOf(1);
  assert.deepEqual(corpusOf(1), corpus);
  assert.notDeepEqual(corpusOf(2).made, corpus.made);
  assert.equal(corpus.made.length, 27);
  for (const { name, points, incidents } of [...corpus.made, ...corpus.operational]) {
    assert.ok(points.every(({ value }) => Number.isFinite(value)));
    assert.ok(incidents.length > 0, name);
    for (const { from, to } of incidents)
      assert.ok(from > 0.15 * points.length && to > from && to <= points.length, `${name} ${from} to ${to}`);
  }
  assert.ok(corpus.clean.every(({ incidents }) => incidents.length === 0));
});
