import assert from 'node:assert/strict';
import { it } from 'node:test';
import { around } from '../../../../../services/dashboard/pages/alerts/around.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 20, 12);
const at = (minutes: number) => new Date(NOW + minutes * MINUTE).toISOString();

it('the chart of an alert is of half an hour around it, however long ago it was, and never of what is to come', () => {
  const of = (startsAt: number, endsAt: number | null) => {
    const { start, end } = around(
      { startsAt: at(startsAt), endsAt: endsAt === null ? null : at(endsAt) },
      NOW,
    );
    return [(start - NOW) / MINUTE, (end - NOW) / MINUTE];
  };
  assert.deepEqual(of(-30_000, -29_900), [-30_030, -29_870]);
  assert.deepEqual(of(-60, -10), [-90, 0]);
  assert.deepEqual(of(-60, null), [-90, 0]);
});
