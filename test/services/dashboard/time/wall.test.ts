import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wallMoment } from '../../../../services/dashboard/time/wall.js';

const at = (text: string, zone: string) => {
  const moment = wallMoment(text, zone);
  return moment === null ? null : new Date(moment).toISOString();
};

describe('a date and time of a zone', () => {
  it('is the moment at which its clocks show them, whatever the zone of this machine', () => {
    assert.equal(at('2026-11-27T14:05', 'UTC'), '2026-11-27T14:05:00.000Z');
    assert.equal(at('2026-11-27T14:05', 'Europe/Berlin'), '2026-11-27T13:05:00.000Z');
    assert.equal(at('2026-07-01T14:05:30', 'Europe/Berlin'), '2026-07-01T12:05:30.000Z');
    assert.equal(at('2026-11-27T14:05', 'Asia/Kathmandu'), '2026-11-27T08:20:00.000Z');
    assert.equal(at('2026-03-29T03:30', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z', 'after a change');
  });

  it('is shown by these clocks again', () => {
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 365 * 40 });
    const zones = fc.constantFrom('UTC', 'America/St_Johns', 'Asia/Tokyo', 'Pacific/Kiritimati');
    fc.assert(
      fc.property(minutes, zones, (minute, zone) => {
        // From noon, which no zone leaves out.
        const day = new Date(Math.floor(minute / 1_440) * 86_400_000).toISOString().slice(0, 10);
        const moment = wallMoment(`${day}T12:${String(minute % 60).padStart(2, '0')}`, zone);
        const shown = new Intl.DateTimeFormat('sv', {
          ...{ timeZone: zone, dateStyle: 'short', timeStyle: 'short' },
        }).format(moment ?? Number.NaN);
        assert.equal(shown, `${day} 12:${String(minute % 60).padStart(2, '0')}`);
      }),
    );
  });

  it('is nothing where there is none, as of a year that is still being typed', () => {
    for (const text of ['', '2026-11-27', '202611-01-01T00:00', '2026-13-01T00:00', 'now'])
      assert.equal(wallMoment(text, 'UTC'), null, text);
  });
});
