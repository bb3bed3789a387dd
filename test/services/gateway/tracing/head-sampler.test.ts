import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeadSampler } from '../../../../services/gateway/tracing/head-sampler.js';
import { formatTraceparent } from '../../../../shared/core/trace-context.js';
import { contextOf } from '../../../support/recorded-tracing.js';

const PARENT = contextOf(1, 2);
const SAMPLED = formatTraceparent(PARENT);
const NOT_SAMPLED = SAMPLED.replace(/01$/, '00');

function sampler(sampleRatio: number, maxTracesPerSecond = 1_000) {
  let next = 0;
  // 0, 0.01 … 0.99 and again.
  return new HeadSampler({ sampleRatio, maxTracesPerSecond, random: () => (next++ % 100) / 100 });
}

const decided = (head: HeadSampler, header: string | undefined, times: number, now = 0) =>
  Array.from({ length: times }, () => head.decide(header, now)).filter((one) => one !== null);

describe('the sampling of requests', () => {
  it('takes the part that is configured, none and all among them', () => {
    assert.equal(decided(sampler(0.05), undefined, 1_000).length, 50);
    assert.equal(decided(sampler(0), undefined, 1_000).length, 0);
    assert.equal(decided(sampler(1), undefined, 1_000).length, 1_000);
    assert.deepEqual(decided(sampler(1), undefined, 1), [{ parent: null }]);
  });

  it("follows the sender's decision, either way, and takes what is no traceparent as none", () => {
    assert.deepEqual(
      decided(sampler(0), SAMPLED, 1).map(({ parent }) => parent?.spanId),
      [PARENT.spanId],
    );
    assert.equal(decided(sampler(1), NOT_SAMPLED, 10).length, 0);
    assert.deepEqual(decided(sampler(1), 'nonsense', 1), [{ parent: null }]);
  });

  it('takes no more a second than may be, whatever senders ask for', () => {
    const head = sampler(0, 10);
    assert.equal(decided(head, SAMPLED, 100, 5_000).length, 10);
    assert.equal(decided(head, SAMPLED, 100, 5_999).length, 0);
    assert.equal(decided(head, SAMPLED, 100, 6_000).length, 10);
    // The clock is set back.
    assert.equal(decided(head, SAMPLED, 100, 1_000).length, 10);
  });
});
