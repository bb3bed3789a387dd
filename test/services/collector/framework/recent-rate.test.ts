import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentRate } from '../../../../services/collector/framework/recent-rate.js';

test('a rate is that of the last minute, whoever asks how often', () => {
  const rate = new RecentRate();
  assert.equal(rate.perSecond(0), 0);
  for (let at = 0; at <= 120_000; at += 1_000) rate.add(30, at);
  assert.equal(rate.perSecond(120_000), 30);
  assert.equal(rate.perSecond(120_000), 30);
  assert.equal(rate.perSecond(150_000), 15);
  assert.equal(rate.perSecond(300_000), 0);
});

test('shortly after the start it is over what there has been', () => {
  const rate = new RecentRate();
  rate.add(50, 0);
  rate.add(50, 10_000);
  assert.equal(rate.perSecond(10_000), 10);
});
