import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseTimestamp } from '../../../shared/core/timestamp.js';

it('times of no day and zones that are nowhere are no times', () => {
  const noon = Date.UTC(2026, 10, 26, 12);
  for (const text of ['2026-11-26T12:00:00Z', '2026-11-26 14:00+02:00', '2026-11-26T00:00:00-1200'])
    assert.equal(parseTimestamp(text), noon, text);
  for (const text of ['2026-11-26T24:00:00Z', '2026-11-26T23:59:60Z'])
    assert.equal(parseTimestamp(text), Date.UTC(2026, 10, 27), text);
  for (const text of [
    ...['2026-11-26T24:30:00Z', '2026-11-26T24:00:01Z', '2026-11-26T12:00:00+99:99'],
    ...['2026-11-26T12:00:00+02:60', '2026-11-26T12:00:00-24:00', '2026-02-30', '2026-13-01'],
  ])
    assert.equal(parseTimestamp(text), null, text);
});
