import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Availability } from './availability.js';

test('availability is the share of requests that were acknowledged by the third try', () => {
  const availability = new Availability();
  for (let i = 0; i < 90; i++) availability.acknowledged(1);
  for (let i = 0; i < 6; i++) availability.acknowledged(2);
  availability.acknowledged(3);
  availability.acknowledged(4);
  availability.acknowledged(9);
  availability.givenUp();
  assert.equal(availability.requests, 100);
  assert.equal(availability.by(1), 90);
  assert.equal(availability.later, 2);
  assert.equal(availability.never, 1);
  assert.equal(availability.share, 0.97);
  assert.equal(
    availability.line(),
    '100 requests acknowledged: 90 by try 1, 6 by try 2, 1 by try 3, 2 later, 1 never; by the third try 97.0000 %',
  );
});

test('without requests there is no share', () => {
  assert.ok(Number.isNaN(new Availability().share));
});
