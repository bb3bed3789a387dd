import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Parameters } from '../../../../services/api/prometheus/parameters.js';

const HOUR = 3_600_000;
const of = (form: Record<string, string>) => new Parameters([new URLSearchParams(form)]);

describe('the parameters of a request', () => {
  it('allow roll-ups of a length, of a fifth of the step, or as none is named', () => {
    const longest = (text: string, step: number) => of({ max_source_resolution: text }).longestBucket(step);
    assert.equal(of({}).longestBucket(HOUR), null);
    assert.equal(longest('', HOUR), null);
    assert.equal(longest('0s', HOUR), 0);
    assert.equal(longest('1h', 15_000), HOUR);
    assert.equal(longest('300', 15_000), 300_000);
    assert.equal(longest('auto', 5 * HOUR), HOUR);
    // There are none so short, which forbids none where points are gone.
    assert.equal(longest('auto', 0), null);
    assert.throws(() => longest('coarse', HOUR), /cannot parse "coarse"/);
  });

  it('are refused where they are no times', () => {
    for (const text of ['NaN', 'Inf', '-Inf', '1e400', '0x10', 'now', '1700000000s', `1${'0'.repeat(64)}`])
      assert.throws(() => of({ time: text }).time('time', 0), /invalid parameter "time"/, text);
    for (const text of ['NaN', 'Inf', '0x10', '1h ', '-1h', 'h', '1e400', '-1e400', '9223372037'])
      assert.throws(() => of({ step: text }).duration('step'), /invalid parameter "step"/, text);
  });
});
