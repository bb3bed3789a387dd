import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import type { Attempt } from '../../../../services/alerting/notify/channel.js';
import type { Notification } from '../../../../services/alerting/notify/notification.js';
import { AlertTraces } from '../../../../services/alerting/notify/traced-notifications.js';
import { createLogger } from '../../../../shared/process/logger.js';
import { contextOf, RecordedTracing } from '../../../support/recorded-tracing.js';

const alert = (fingerprint: string, tenantId = 'acme') => ({ fingerprint, tenantId }) as Alert;
const notification = (firing: readonly Alert[], resolved: readonly Alert[] = []): Notification => ({
  ...{ id: 'n1', channel: 'ops', groupKey: '{}', groupLabels: {}, status: 'firing', truncated: 0 },
  escalation: 0,
  ...{ firing, resolved },
});

function setUp(attempt: Attempt) {
  const tracing = new RecordedTracing();
  const traces = new AlertTraces({ decode: (value) => alert(String(value)) });
  const { note, noted } = traces.noting;
  const know = (fingerprint: string, trace: number) =>
    noted?.(note?.(Buffer.from(fingerprint)) ?? '', contextOf(trace, 9));
  const lines: string[] = [];
  const log = createLogger('alerting', 'debug', { destination: { write: (line) => void lines.push(line) } });
  const channel = { name: 'ops', type: 'webhook' };
  const send = traces.traced(async () => attempt, channel, tracing, log);
  const signal = new AbortController().signal;
  return { tracing, traces, know, lines, send: (one: Notification) => send(one, 0, signal) };
}

describe('the span of a notification', () => {
  it('is part of the trace of its alerts, those that ended among them', async () => {
    const { tracing, know, send } = setUp({ outcome: 'delivered' });
    know('a', 1);
    know('b', 1);
    assert.deepEqual(await send(notification([alert('a'), alert('unknown')], [alert('b')])), {
      outcome: 'delivered',
    });
    const [span] = tracing.spans;
    assert.deepEqual([span?.name, span?.parent, span?.problem], ['notify webhook', contextOf(1, 9), null]);
    assert.equal(span?.links?.length, 2);
    assert.equal(span?.attributes['tactus.notification.outcome'], 'delivered');
  });

  it('has a trace of its own where they have several, with eight links at most, and says why it failed', async () => {
    const { tracing, know, send } = setUp({
      outcome: 'failed',
      reason: 'it answered 503',
      retryAfterMs: null,
    });
    const alerts = Array.from({ length: 12 }, (_, i) => alert(`f${i}`));
    alerts.forEach(({ fingerprint }, i) => void know(fingerprint, i + 1));
    await send(notification(alerts));
    const [span] = tracing.spans;
    assert.deepEqual([span?.parent, span?.links?.length, span?.problem], [null, 8, 'it answered 503']);
  });

  it('is none where no alert is traced', async () => {
    const { tracing, send } = setUp({ outcome: 'delivered' });
    await send(notification([alert('a')]));
    assert.equal(tracing.spans.length, 0);
  });
});

describe('the lines of the log about a notification', () => {
  it('have the tenant of its alerts, where it is one, and their trace', async () => {
    const { traces, tracing, know, send, lines } = setUp({ outcome: 'delivered' });
    know('a', 1);
    const one = notification([alert('a')], [alert('b')]);
    assert.deepEqual(traces.about(one), {
      tenant: 'acme',
      trace_id: contextOf(1, 9).traceId,
      span_id: contextOf(1, 9).spanId,
    });
    assert.deepEqual(traces.about(notification([alert('b'), alert('c', 'other')])), {});
    await send(one);
    const { tenant, trace_id, span_id } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    const { traceId, spanId } = tracing.spans[0]?.context ?? {};
    assert.deepEqual([tenant, trace_id, span_id], ['acme', traceId, spanId]);
  });
});
