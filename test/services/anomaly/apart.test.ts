import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WindowAggregate } from '../../../schemas/types.js';
import { EPOCH, WALL, windowOf } from '../../shared/alerting/helpers.js';
import { series } from '../../shared/detection/generators.js';
import { anomaliesOf, fresh, REST, setUp, step } from './stage.js';

const of = (host: string, n: number, more: Partial<WindowAggregate> = {}) =>
  windowOf(n, 12 + (n % 3), { tags: { host }, ...more });

/** Hosts b and c for 140 windows, and a for the first 100. */
const stopping = series(140, (i) =>
  (i < 100 ? ['a', 'b', 'c'] : ['b', 'c']).map((host) => of(host, i)),
).flat();

describe('what one series does costs others nothing', () => {
  for (const start of [WALL + 31_000, 4_102_444_800_000, 8e15])
    it(`a window that starts at ${start}, ahead of the clock, makes no other series idle or silent, also after a restart`, () => {
      const { stage, seen } = setUp({ idleMs: 60_000, maxGroups: 10 });
      const ahead = of('ahead', 0, { tenantId: 'other', start, end: start + 10_000 });
      const before = step(stage, fresh(stage), [
        ...stopping.slice(0, 150),
        ahead,
        ...stopping.slice(150, 160),
      ]);
      const after = step(stage, fresh(stage, before.changes), stopping.slice(160, 200), 161);
      assert.deepEqual(seen.evicted, []);
      assert.equal(after.state.series.size, 4);
    });

  it('a machine whose clock is a little behind sees silences all the same', () => {
    const { stage } = setUp();
    const shift = WALL + 25_000 - (EPOCH + 139 * 10_000);
    const windows = stopping.map((one) => ({ ...one, start: one.start + shift, end: one.end + shift }));
    const found = anomaliesOf(step(stage, fresh(stage), windows));
    assert.deepEqual(
      found.map(({ detector }) => detector),
      ['silence'],
    );
  });

  for (const begin of [4_102_444_800_000, 8_640_000_000_000_001])
    it(`a series whose windows begin at ${begin}, ahead of the clock, is not silent until then, nor does it stop the others`, () => {
      const { stage } = setUp({}, { above: 50 });
      const ahead = (i: number) => {
        const start = begin + i * 10_000;
        return of('ahead', 0, { start, end: start + 10_000, mean: i === 65 ? 60 : 1 });
      };
      const windows = series(140, (i) => [of('a', i), of('b', i), ...(i < 70 ? [ahead(i)] : [])]).flat();
      const found = anomaliesOf(step(stage, fresh(stage), windows));
      assert.deepEqual(
        found.map(({ detector, start }) => [detector, start]),
        [['threshold', begin + 650_000]],
      );
    });

  it('a series whose tenant is not watched any more is not silent', () => {
    const off = new Set<string>();
    const factors = { version: 0, factorOf: (tenantId: string) => (off.has(tenantId) ? null : 1) };
    const { stage } = setUp({}, {}, factors);
    const both = (i: number) => [of('a', i), of('a', i, { tenantId: 'other' })];
    const first = step(stage, fresh(stage), series(100, both).flat());
    off.add('other');
    factors.version += 1;
    const second = step(stage, first.state, series(100, (i) => both(100 + i)).flat(), 200);
    assert.deepEqual(anomaliesOf(second), []);
  });

  it('a silence is one of the windows that the series is watched by', () => {
    const rules = [{ ...REST, metrics: 'disk', window: '1m' }, REST];
    const { stage } = setUp({}, rules);
    const windows = series(140, (i) => [
      ...(i < 100 ? [of('a', i, { metric: 'disk', window: '1m' })] : []),
      of('a', i),
    ]).flat();
    const found = anomaliesOf(step(stage, fresh(stage), windows));
    assert.deepEqual(
      found.map(({ detector, metric, window }) => [detector, metric, window]),
      [['silence', 'disk', '1m']],
    );
  });

  it('at the limit the series unseen for longest goes, not one that is recorded', () => {
    const { stage } = setUp({ maxSeries: 3 });
    const windows = [of('a', 0), of('b', 1), of('r', 1, { recordedBy: 'rule' }), of('c', 2)];
    const { changes } = step(stage, fresh(stage), windows);
    assert.deepEqual(
      changes.filter(({ value }) => value === null).map(({ key }) => key),
      ['acme\0cpu\0host\0a'],
    );
  });
});
