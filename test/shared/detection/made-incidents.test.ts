import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { eventTally } from './events/event-score.js';
import { MADE } from './events/made-incidents.js';
import { Random } from './families/random.js';
import { alarmsOf } from './run.js';

const SEEDS = [101, 102, 103, 104, 105, 106];

function isFound(name: string, seed: number): boolean {
  const series = MADE[name]?.(new Random(seed));
  assert.ok(series !== undefined);
  const { found, incidents } = eventTally(series, alarmsOf(series.points, ensemble()));
  return found === incidents;
}

for (const name of [
  'the same spike five times',
  'a spike, another after five days',
  'stuck sensor',
  'stuck plays',
  'a workday at a third',
  'a holiday',
  'a Sunday like a workday',
  'a nightly job that does not run',
  'an hourly job that does not run',
  'two incidents, close',
  'a drop after a spike',
])
  test(`found, with most of the seeds: ${name}`, () => {
    const found = SEEDS.filter((seed) => isFound(name, seed));
    assert.ok(found.length >= 4, `with ${found}`);
  });
