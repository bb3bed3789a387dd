import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyState } from '../../../../shared/detection/parts/series-state.js';
import { rarity, reach, remember, surprise } from '../../../../shared/detection/parts/tail.js';
import { Random } from '../families/random.js';

function tailsOf(residuals: readonly number[], stream = 0) {
  const tails = emptyState();
  for (const residual of residuals) remember(tails, stream, residual);
  return tails;
}

test('surprise is the negative decimal logarithm of the tail probability, whatever the distribution', () => {
  const random = new Random(1);
  const kinds = [() => random.normal(), () => random.sign() * random.pareto(1.5)];
  for (const next of kinds) {
    const residuals = Array.from({ length: 20_000 }, next);
    const tails = tailsOf(residuals);
    const ordered = residuals.filter((r) => r > 0).sort((a, b) => b - a);
    for (const rank of [30, 300, 3_000]) {
      const reported = surprise(tails, 0, ordered[rank] ?? 0);
      const actual = Math.log10(20_000 / rank);
      assert.ok(Math.abs(reported - actual) < 0.3, `rank ${rank}: ${reported}, not ${actual}`);
    }
  }
});

test('the equal of the largest one seen is as rare as what was seen once, and a larger one rarer', () => {
  const tails = tailsOf([...Array.from({ length: 4_000 }, () => 1), 10]);
  assert.ok(rarity(tails, 0, 10) < Math.log10(4_001));
  assert.ok(surprise(tails, 0, 10) > rarity(tails, 0, 10));
  assert.ok(rarity(tails, 0, 40) > Math.log10(4_001) + 0.5);
});

test('each sign has a tail of its own', () => {
  const random = new Random(2);
  const tails = tailsOf(Array.from({ length: 5_000 }, () => (random.chance(0.01) ? -10 : random.pareto(2))));
  assert.ok(surprise(tails, 0, 10) < 2.5);
  assert.ok(surprise(tails, 0, -11) > surprise(tails, 0, 11));
});

test('streams do not touch each other', () => {
  const tails = tailsOf([1, 2, 3], 4);
  assert.deepEqual(
    [3, 5].map((stream) => tails.totals[stream]),
    [0, 0],
  );
  assert.equal(surprise(tails, 5, 100), 0);
});

test('beyond everything seen it grows with the distance, and steeper where the tail is thin', () => {
  const random = new Random(3);
  const thin = tailsOf(Array.from({ length: 5_000 }, () => random.normal()));
  const heavy = tailsOf(Array.from({ length: 5_000 }, () => random.sign() * random.pareto(1.2)));
  const gain = (tails: ReturnType<typeof tailsOf>) => {
    const most = reach(tails, 0, false, 0);
    return surprise(tails, 0, 3 * most) - surprise(tails, 0, 1.5 * most);
  };
  assert.ok(gain(thin) > gain(heavy) && gain(heavy) > 0.2, `${gain(thin)} ${gain(heavy)}`);
});

test('a share too small to be counted reaches as far as its rarity goes on', () => {
  const random = new Random(5);
  const thin = tailsOf(Array.from({ length: 5_000 }, () => random.normal()));
  for (const isBelow of [true, false]) {
    const at = (rare: number) => reach(thin, 0, isBelow, rare, 0.001);
    const seen = reach(thin, 0, isBelow, 0.001);
    assert.equal(at(0.001), seen);
    for (const decades of [4.5, 5, 6, 7]) {
      const reported = rarity(thin, 0, (isBelow ? -1 : 1) * at(10 ** -decades));
      assert.ok(Math.abs(reported - decades) < 0.01, `${decades}: ${reported}`);
    }
    assert.equal(at(1e-15), at(1e-12));
    assert.ok(at(1e-12) > at(1e-7) && at(1e-7) > seen && Number.isFinite(at(0)));
  }
  assert.equal(reach(emptyState(), 0, false, 1e-15, 0.001), 0);
});

test('one enormous residual does not hide what is usual', () => {
  const random = new Random(4);
  const tails = tailsOf([...Array.from({ length: 2_000 }, () => random.normal()), 1e12]);
  assert.ok(surprise(tails, 0, 5) > 3);
});

test('the reach leaves the given share of a sign outside', () => {
  const random = new Random(5);
  const tails = tailsOf(Array.from({ length: 20_000 }, () => random.normal()));
  assert.ok(Math.abs(reach(tails, 0, false, 0.001) - 3.09) < 0.3);
  assert.ok(Math.abs(reach(tails, 0, true, 0.01) - 2.33) < 0.2);
});

test('the past fades: after many others, a size that was usual once is rare', () => {
  const random = new Random(6);
  const tails = tailsOf([
    ...Array.from({ length: 1_000 }, () => 100 * random.normal()),
    ...Array.from({ length: 200_000 }, () => random.normal()),
  ]);
  assert.ok(surprise(tails, 0, 100) > 3.5);
  assert.ok((tails.totals[0] ?? 0) <= 32_768);
});

test('zeros need no scale, and a first change of a constant series is as rare as they are many', () => {
  const tails = tailsOf(Array<number>(999).fill(0));
  assert.equal(surprise(tails, 0, 0), 0);
  assert.ok(surprise(tails, 0, 1e-3) > 3 && surprise(tails, 0, 1e-3) < 5);
});
