import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareTrace } from '../../../services/ingest/pass-trace-on.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import { traceHeaders } from '../../../shared/core/trace-context.js';
import { contextOf } from '../../support/recorded-tracing.js';

describe('points that are made of an event', () => {
  const outputs = () => {
    const batch = new OutputBatch();
    for (const topic of ['events', 'metrics', 'metrics'] as const)
      batch.add({ topic, key: 'k', value: Buffer.from('value') });
    return batch;
  };

  it('have its trace', () => {
    const batch = outputs();
    batch.addHeaders(traceHeaders(contextOf(1, 2)), 0);
    shareTrace(batch, 1);
    assert.deepEqual(batch.headersOf(1), traceHeaders(contextOf(1, 2)));
    assert.deepEqual(batch.headersOf(2), traceHeaders(contextOf(1, 2)));
  });

  it('have none where it has none', () => {
    const batch = outputs();
    shareTrace(batch, 1);
    shareTrace(batch, batch.length);
    assert.deepEqual([batch.headersOf(1), batch.headersOf(2)], [null, null]);
  });
});
