import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { TactusError } from '../../../shared/core/errors.js';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';

async function valuesOf(register: Registry, name: string): Promise<Record<string, number>> {
  const { values = [] } = (await register.getSingleMetric(name)?.get()) ?? {};
  return Object.fromEntries(
    values.map(({ labels, value }) => [Object.values(labels).join(' '), Number(value)]),
  );
}

test('what was not acknowledged is not counted as sent', async () => {
  const register = new Registry();
  const topics = ['metrics', 'metrics', 'late', 'metrics'];
  flowTelemetry(register).sentTo([topics], new Set([1, 2]));
  flowTelemetry(register).sentTo([['metrics'], ['late', 'late']]);
  assert.deepEqual(await valuesOf(register, 'tactus_records_sent_total'), {
    sending: 0,
    'sending metrics': 3,
    'sending late': 2,
  });
});

test('an error counts by its code, and one without any as other', async () => {
  const register = new Registry();
  const flow = flowTelemetry(register);
  flow.threw('sending', new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'gone'));
  flow.threw('sending', new Error('whatever a library says: 1, 2, 3'));
  assert.deepEqual(await valuesOf(register, 'tactus_errors_total'), {
    receiving: 0,
    processing: 0,
    sending: 0,
    'sending TACTUS_KAFKA_UNAVAILABLE': 1,
    'sending other': 1,
  });
});
