import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Anomaly } from '../../../schemas/types.js';
import type { StateChange } from '../../../shared/core/stage.js';
import { windowOf } from '../../shared/alerting/helpers.js';
import { fresh, outputsOf, setUp, step } from './stage.js';

const LIMITS = { maxGroups: 4, idleMs: 1_200_000 };
const RULE = { sensitivity: 5, above: 1e9 };
/** Names that separate parts of keys elsewhere, and those that every object has. */
const NAMES = ['a', 'b|c', 'é\u2028', 'constructor'];
const VALUES = [0, -0, 1, 1.5, 2, 80, -1e150, 1e150, 5e-324, Number.NaN, Number.POSITIVE_INFINITY];

const window = fc.record({
  tenant: fc.constantFrom(0, 0, 1, 2),
  metric: fc.constantFrom('cpu', 'cpu', 'cpu|b', 'mem'),
  name: fc.constantFrom('host', 'host', 'constructor', 'toString'),
  host: fc.constantFrom('a', 'a', ...NAMES),
  value: fc.oneof(fc.double({ min: 0, max: 3, noNaN: true }), fc.constantFrom(...VALUES)),
  back: fc.constantFrom(0, 0, 0, 0, 1, 70, 170_000_000),
  isRecorded: fc.constantFrom(false, false, false, true),
});
const round = fc.record({
  skip: fc.constantFrom(1, 1, 1, 1, 2, 40),
  /** How often it comes again, so that series get to be known. */
  times: fc.constantFrom(1, 1, 30, 70),
  windows: fc.array(window, { maxLength: 6 }),
});
interface Limits {
  readonly tenants: readonly string[];
  readonly maxSeries: number;
  readonly maxGroups: number;
  readonly idleMs: number;
}
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

/** Runs the rounds, each one step; a restart comes after those in `cuts`. */
function run(limits: Limits, rounds: readonly Round[], cuts: ReadonlySet<number>) {
  let { stage } = setUp(limits, RULE);
  let state = fresh(stage);
  const found: Anomaly[] = [];
  const saved = new Map<string, Buffer | null>();
  const written: (readonly StateChange[])[] = [];
  let n = 0;
  let offset = 0;
  rounds.forEach(({ skip, times, windows }, i) => {
    const batch = Array.from({ length: times }, () => {
      n += skip;
      return windows.map(({ tenant, metric, name, host, value, back, isRecorded }) =>
        windowOf(n - back, value, {
          ...{
            tenantId: limits.tenants[tenant % limits.tenants.length] ?? '',
            metric,
            tags: { [name]: host },
          },
          recordedBy: isRecorded ? 'rule' : null,
        }),
      );
    }).flat();
    const result = step(stage, state, batch, offset);
    offset += batch.length;
    state = result.state;
    found.push(...outputsOf(result, 'state.candidates').sort((a, b) => (a.id < b.id ? -1 : 1)));
    written.push(result.changes.map(({ key, value }) => ({ key, value: value && Buffer.from(value) })));
    for (const { key, value } of written.at(-1) ?? []) {
      // As a compacted topic has them: the latest of each key, in order.
      saved.delete(key);
      saved.set(key, value);
    }
    if (!cuts.has(i)) return;
    ({ stage } = setUp(limits, RULE));
    state = fresh(
      stage,
      Array.from(saved, ([key, value]) => ({ key, value })),
    );
  });
  return { found, written };
}

/** Of two in one step it does not matter which comes first. */
function sorted(changes: readonly StateChange[]): readonly StateChange[] {
  return changes.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

it('a group that is back in the step in which it made room for another one is saved', () => {
  const { stage } = setUp({ maxGroups: 1 });
  const windows = ['a', 'b', 'a'].map((host, i) => windowOf(60 * i, 1, { tags: { host } }));
  const { changes } = step(stage, fresh(stage), windows);
  const groups = changes.filter(({ key }) => key.startsWith('\u0001'));
  assert.deepEqual(
    groups.map(({ key, value }) => [key.at(-1), value === null]),
    [
      ['b', true],
      ['a', false],
    ],
  );
});

for (const [what, tenants, maxSeries] of [
  ['several tenants', ['acme', 'globex', 'constructor'], 1_000],
  // Of two that have as many it does not matter which loses one.
  ['one tenant at the limit', ['acme'], 6],
] as const)
  it(`a stage that goes on from what was saved does what one does that ran on: ${what}`, () => {
    const limits = { ...LIMITS, tenants, maxSeries };
    let found = 0;
    let gone = 0;
    fc.assert(
      fc.property(
        fc.array(round, { minLength: 3, maxLength: 14 }),
        fc.array(fc.nat(13), { minLength: 1, maxLength: 3 }),
        (rounds, cuts) => {
          const whole = run(limits, rounds, new Set());
          const parts = run(limits, rounds, new Set(cuts));
          assert.deepEqual(parts.found, whole.found);
          assert.deepEqual(parts.written.map(sorted), whole.written.map(sorted));
          found += whole.found.length;
          gone += whole.written.flat().filter(({ value }) => value === null).length;
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
    assert.ok(found > 30 && gone > 10, `${found} anomalies and candidates, ${gone} forgotten only`);
  });
