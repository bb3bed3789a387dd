import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeadSampler } from '../../../../services/gateway/tracing/head-sampler.js';
import {
  endAnswered,
  markTraced,
  RequestTraces,
} from '../../../../services/gateway/tracing/request-traces.js';
import { OutputBatch } from '../../../../shared/core/output-batch.js';
import { formatTraceparent, traceHeaders } from '../../../../shared/core/trace-context.js';
import { contextOf, RecordedTracing } from '../../../support/recorded-tracing.js';

function setUp(sampleRatio: number) {
  const tracing = new RecordedTracing();
  const sampler = new HeadSampler({ sampleRatio, maxTracesPerSecond: 10, random: () => 0.5 });
  const traces = new RequestTraces(tracing, sampler);
  const begin = (traceparent?: string | string[]) =>
    traces.begin({ traceparent, path: '/api/v1/metrics', format: 'json', tenantId: 'acme', began: 1_000 });
  return { tracing, begin };
}

describe('the span of a request', () => {
  it("is part of the sender's trace, from its first byte on, and says how it was answered", () => {
    const { tracing, begin } = setUp(0);
    assert.equal(begin(), null);
    // Several of the header are none.
    assert.equal(begin([formatTraceparent(contextOf(1, 2))]), null);
    const [good, bad] = [
      begin(formatTraceparent(contextOf(1, 2))),
      begin(formatTraceparent(contextOf(3, 4))),
    ];
    assert.ok(good !== null && bad !== null);
    endAnswered(good, 400);
    endAnswered(bad, 503);
    const [first, second] = tracing.spans;
    assert.deepEqual(
      [first?.parent, first?.startedAt, first?.problem],
      [{ ...contextOf(1, 2), sampled: true }, 1_000, null],
    );
    assert.equal(first?.attributes['http.response.status_code'], 400);
    assert.match(second?.problem ?? '', /503/);
  });

  it('is on its first sixteen records, and on none of other requests', () => {
    const { tracing, begin } = setUp(1);
    const batch = new OutputBatch();
    for (let i = 0; i < 30; i++)
      batch.add({ topic: 'ingest.metrics', key: 'acme|m', value: Buffer.from('value') });
    const span = begin();
    assert.ok(span !== null);
    markTraced(batch, 10, span);
    const marked = [...batch.topics.keys()].filter((i) => batch.headersOf(i) !== null);
    assert.deepEqual(
      marked,
      Array.from({ length: 16 }, (_, i) => 10 + i),
    );
    assert.deepEqual(batch.headersOf(10), traceHeaders(span.context));
    assert.equal(tracing.spans[0]?.attributes['tactus.records'], 20);
  });
});
