import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { formatTraceparent } from '../../../shared/core/trace-context.js';
import { createLogger, type Logger } from '../../../shared/process/logger.js';
import { RefusalLog } from '../../../shared/runners/refusal-log.js';
import { contextOf } from '../../support/recorded-tracing.js';

const TEXTS = {
  decode: (value: Buffer | null) => {
    if (value === null) throw new Error('nothing');
    return JSON.parse(value.toString()) as unknown;
  },
};

describe('warnings of refused records', () => {
  it('come once a minute and code, and say how many there were', () => {
    const warnings: unknown[] = [];
    const log = { warn: (fields: object, text: string) => warnings.push({ ...fields, text }) };
    const refusalLog = new RefusalLog(log as unknown as Logger, TEXTS);
    const batch = arrayBatch({ topic: 'x', records: [{ value: null }, { value: null }], baseOffset: 40 });
    const full = (index: number) => ({
      index,
      code: 'TACTUS_SERIES_LIMIT' as const,
      message: `no room ${index}`,
    });
    const empty = { index: 1, code: 'TACTUS_RECORD_EMPTY' as const, message: 'nothing' };
    const text = (records: number, message: string) =>
      `${records} records refused since the last such line, this one among them: ${message}`;
    refusalLog.warn([full(0), full(1)], batch, 0);
    refusalLog.warn([full(0), empty], batch, 30_000);
    refusalLog.warn([full(0)], batch, 59_999);
    assert.deepEqual(warnings.splice(0), [
      { offset: 40, code: 'TACTUS_SERIES_LIMIT', records: 1, text: text(1, 'no room 0') },
      { offset: 41, code: 'TACTUS_RECORD_EMPTY', records: 1, text: text(1, 'nothing') },
    ]);
    refusalLog.warn([full(1)], batch, 60_000);
    assert.deepEqual(warnings, [
      { offset: 41, code: 'TACTUS_SERIES_LIMIT', records: 4, text: text(4, 'no room 1') },
    ]);
  });

  it('have the tenant by the value, or else by the key, and the trace where there is one', () => {
    const lines: string[] = [];
    const log = createLogger('ingest', 'info', { destination: { write: (line) => void lines.push(line) } });
    const refusalLog = new RefusalLog(log, TEXTS);
    const context = contextOf(0xabc, 0xdef);
    const records = [
      {
        key: 'other|m',
        value: Buffer.from('{"tenantId":"acme"}'),
        headers: { traceparent: Buffer.from(formatTraceparent(context)) },
      },
      { key: 'acme|m', value: Buffer.from('nonsense') },
      { key: 'no-tenant', value: Buffer.from('nonsense') },
      { key: null, value: Buffer.from('{"tenantId":7}') },
      {
        key: null,
        value: Buffer.from(`{"tenantId":"${'x'.repeat(9_999)}"}`),
        headers: { traceparent: Buffer.from(formatTraceparent(context).replace(/01$/, '00')) },
      },
    ];
    const batch = arrayBatch({ topic: 'x', records, baseOffset: 0 });
    // One line a minute for each code.
    for (const index of records.keys())
      refusalLog.warn([{ index, code: 'TACTUS_RECORD_EMPTY', message: 'no' }], batch, index * 60_000);
    const about = lines.map((line) => {
      const { tenant, trace_id, span_id } = JSON.parse(line) as Record<string, unknown>;
      return [tenant, trace_id, span_id];
    });
    assert.deepEqual(about, [
      ['acme', context.traceId, context.spanId],
      ['acme', undefined, undefined],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
      ['x'.repeat(256), undefined, undefined],
    ]);
  });
});
