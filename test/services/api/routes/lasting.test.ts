import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timeOf } from '../../../../services/api/routes/lasting.js';

const NOW = Date.UTC(2026, 10, 20, 12);
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();

const refusal = (wanted: Parameters<typeof timeOf>[0]): string => {
  try {
    return assert.fail(JSON.stringify(timeOf(wanted, NOW)));
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the time of a silence or a mute', () => {
  it('ends at a moment or after a length', () => {
    assert.deepEqual(timeOf({ for: '2h' }, NOW), { startsAt: NOW, forMs: 7_200_000 });
    assert.deepEqual(timeOf({ startsAt: at(1), endsAt: at(2) }, NOW), {
      ...{ startsAt: NOW + 3_600_000, forMs: 3_600_000 },
    });
    assert.deepEqual(timeOf({ startsAt: at(-1), endsAt: at(1) }, NOW), { startsAt: NOW, forMs: 3_600_000 });
  });

  it('is refused by the name of what is wrong', () => {
    assert.match(refusal({}), /^endsAt: missing; allowed is either endsAt or for$/);
    assert.match(refusal({ endsAt: at(1), for: '1h' }), /^for: is given beside endsAt; allowed is one of/);
    assert.match(refusal({ endsAt: at(-1) }), /^endsAt: must be after startsAt and now, .*: value was 2026/);
    assert.match(refusal({ startsAt: at(2), endsAt: at(1) }), /^endsAt: must be after startsAt and now/);
    assert.match(refusal({ for: '3651d' }), /^for: must be at most 3650d: value was 3651d$/);
    assert.match(
      refusal({ startsAt: at(24 * 3_651), for: '2h' }),
      /^startsAt: .* 3650d ahead: value was 2036/,
    );
    // A second that clocks leave out.
    assert.match(refusal({ startsAt: '2026-12-31T23:59:60Z', for: '2h' }), /^startsAt: .*23:59:60Z$/);
    assert.match(refusal({ endsAt: '2026-12-31T23:59:60Z' }), /^endsAt: .*23:59:60Z$/);
  });
});
