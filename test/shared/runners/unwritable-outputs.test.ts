import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import { formatTraceparent } from '../../../shared/core/trace-context.js';
import { createLogger } from '../../../shared/process/logger.js';
import type { PendingCommit } from '../../../shared/runners/pending-commit.js';
import { UnwritableOutputs } from '../../../shared/runners/unwritable-outputs.js';
import { contextOf } from '../../support/recorded-tracing.js';

it('a record that Kafka does not take is named in the log with its tenant and its trace', () => {
  const lines: string[] = [];
  const log = createLogger('ingest', 'info', { destination: { write: (line) => void lines.push(line) } });
  const context = contextOf(0xabc, 0xdef);
  const value = Buffer.from('v');
  const batch = OutputBatch.of([
    { topic: 'metrics', key: 'other|m', value },
    { topic: 'metrics', key: 'acme|m', value, headers: { traceparent: formatTraceparent(context) } },
    { topic: 'alerts', key: 'fingerprint', value },
  ]);
  const pending = { outputs: [batch], divert: () => true } as unknown as PendingCommit;
  let now = 0;
  const unwritable = new UnwritableOutputs({ now: () => now }, log);
  for (const index of [1, 2]) {
    assert.equal(unwritable.divert([pending], [{ batch, index, message: 'too large' }]), true);
    now += 60_000;
  }
  const about = lines.map((line) => {
    const { tenant, trace_id, span_id, msg } = JSON.parse(line) as Record<string, string>;
    assert.match(msg ?? '', /this one among them: too large$/);
    return [tenant, trace_id, span_id];
  });
  assert.deepEqual(about, [
    ['acme', context.traceId, context.spanId],
    [undefined, undefined, undefined],
  ]);
});
