import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  effectText,
  sensitivityText,
  triedOf,
} from '../../../../../services/dashboard/pages/explore/sensitivity.js';

describe('the sensitivity of a metric', () => {
  it('is tried as it stands in the address, and what is none is as if it were not there', () => {
    const tried = (text: string) => triedOf(new URLSearchParams(text));
    assert.deepEqual(['sensitivity=0.7', 'sensitivity=0', 'sensitivity=1'].map(tried), [0.7, 0, 1]);
    const none = [
      '',
      'sensitivity=',
      'sensitivity=1.1',
      'sensitivity=-1',
      'sensitivity=1e-9',
      'sensitivity=x',
    ];
    assert.deepEqual(none.map(tried), [null, null, null, null, null, null]);
  });

  it('is said in words', () => {
    assert.deepEqual([0.5, 0.2, 0.73].map(sensitivityText), [
      ...['as configured', '0.2, fewer than configured', '0.73, more than configured'],
    ]);
  });

  it('has an effect on all windows that are shown', () => {
    const one = { tags: {}, steps: [], windows: 60, outside: 1, anomalies: 0 };
    const band = { resolutionMs: 10_000, sensitivity: 0.5, detectorSensitivity: 1 };
    assert.equal(
      effectText({ ...band, series: [one] }),
      'Of 60 windows, 1 lies outside the band, and none would be reported.',
    );
    assert.equal(
      effectText({ ...band, series: [one, { ...one, outside: 5, anomalies: 2 }] }),
      'Of 120 windows, 6 lie outside the band, and 2 would be reported.',
    );
    assert.match(effectText({ ...band, series: [] }), /is learnt for 20 windows first/);
  });
});
