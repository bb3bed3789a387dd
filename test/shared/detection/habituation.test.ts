import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followIncident, habituated, learnsLoud } from '../../../shared/detection/habituation.js';
import { emptyState } from '../../../shared/detection/parts/series-state.js';

/** A state after so many incidents of this evidence, each of three observations and over when the next one begins. */
function after(times: number, evidence: number) {
  const state = emptyState();
  for (let k = 0; k < times; k++) {
    for (let i = 0; i < 3; i++) followIncident(state, evidence);
    for (let i = 0; i < 60; i++) followIncident(state, 0);
  }
  return state;
}

test('the evidence falls with the number of incidents that were as large, not with that of smaller ones', () => {
  assert.equal(habituated(after(0, 6), 6), 6);
  const [once, often] = [habituated(after(1, 6), 6), habituated(after(9, 6), 6)];
  assert.ok(once < 5.75 && once > 5.65 && often < 5.2 && often > 5);
  assert.equal(habituated(after(9, 4), 6), 6);
  assert.equal(habituated(after(9, 6), 2.9), 2.9);
});

test('what has not come again for long is forgotten', () => {
  const state = after(5, 6);
  for (let i = 0; i < 20_000; i++) followIncident(state, 0);
  assert.ok(habituated(state, 6) > 5.99);
});

test('an incident that is reported teaches nothing at first, and everything once it is the new usual', () => {
  const state = emptyState();
  const learnt: number[] = [];
  for (let i = 1; i <= 200; i++) {
    followIncident(state, 6);
    if (learnsLoud(state, 5_000, 5)) learnt.push(i);
  }
  assert.deepEqual(learnt.slice(0, 6), [15, 31, 63, 127, 151, 152]);
});

test('what comes often is learnt from its first observation on, and so is everything in the beginning', () => {
  const often = after(4, 6);
  followIncident(often, 6);
  assert.equal(learnsLoud(often, 5_000, 5), true);
  const young = emptyState();
  followIncident(young, 6);
  assert.equal(learnsLoud(young, 500, 5), true);
  assert.equal(learnsLoud(young, 5_000, 5), false);
});
