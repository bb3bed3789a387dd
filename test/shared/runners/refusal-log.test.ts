import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { Logger } from '../../../shared/process/logger.js';
import { RefusalLog } from '../../../shared/runners/refusal-log.js';

describe('warnings of refused records', () => {
  it('come once a minute and code, and say how many there were', () => {
    const warnings: unknown[] = [];
    const log = { warn: (fields: object, text: string) => warnings.push({ ...fields, text }) };
    const refusalLog = new RefusalLog(log as unknown as Logger);
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
});
