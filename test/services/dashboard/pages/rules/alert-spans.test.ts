import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlertChange } from '../../../../../services/dashboard/api/operations.js';
import { firedSpans } from '../../../../../services/dashboard/pages/rules/alert-spans.js';

const change = (
  state: string,
  host: string,
  startsAt: number,
  endsAt: number | null = null,
): AlertChange => ({
  ...{ rule: 'Slow', state, severity: 'warning', value: 1, labels: { host }, annotations: {} },
  startsAt: new Date(startsAt).toISOString(),
  endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
});
const times = (changes: readonly AlertChange[]) =>
  firedSpans(changes, 9_000).map(({ start, end }) => [start, end]);

describe('the times that alerts of a back-test fire', () => {
  it('are those from firing to resolved, each alert by itself', () => {
    assert.deepEqual(
      times([
        change('pending', 'a', 1_000),
        change('firing', 'a', 1_000),
        change('firing', 'b', 2_000),
        change('resolved', 'a', 1_000, 3_000),
        change('firing', 'a', 5_000),
        change('resolved', 'b', 2_000, 6_000),
      ]),
      [
        [1_000, 3_000],
        [2_000, 6_000],
        [5_000, 9_000],
      ],
    );
  });

  it('are none for what was pending alone', () => {
    assert.deepEqual(times([change('pending', 'a', 1_000), change('resolved', 'a', 1_000, 2_000)]), []);
  });
});
