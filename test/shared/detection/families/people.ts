import {
  alter,
  draft,
  fill,
  HOUR,
  hourOf,
  isWeekend,
  type LabelledSeries,
  label,
  MINUTE,
  outliers,
  places,
  record,
} from './draft.js';
import type { Random } from './random.js';

/** Mentions of a company: counts with a daily rhythm that come in bursts, each dying away; the largest are news. */
export function tweets(random: Random): LabelledSeries {
  const of = draft(random, random.integer(9000, 16_000), 5 * MINUTE);
  const base = random.scale(1, 80);
  const depth = random.between(0.2, 0.9);
  const peak = random.between(0, 24);
  const burstEvery = random.scale(100, 600);
  const tail = random.between(1.3, 2.5);
  const fade = random.between(0.5, 0.9);
  let excited = 0;
  fill(of, (i) => {
    const wave = 1 + depth * Math.cos(((hourOf(of, i) - peak) / 24) * 2 * Math.PI);
    excited = fade * excited + (random.chance(1 / burstEvery) ? Math.min(25, 0.7 * random.pareto(tail)) : 0);
    const mean = base * wave * (isWeekend(of, i) ? 0.8 : 1) * (1 + excited);
    return random.poisson(mean * random.logNormal(0.25));
  });
  outliers(of, random.scale(0.0001, 0.001), (v) => v + base * random.scale(2, 25));
  const top = [...of.values].sort((a, b) => a - b)[Math.floor(of.values.length * 0.9985)] ?? base;
  for (const at of places(of, 2, 4)) {
    label(of, at);
    const size = top * random.scale(0.5, 5);
    const length = random.pick([1, random.integer(2, 12), random.integer(12, 100)]);
    const die = random.between(1, 5);
    alter(of, at, length, (v, progress) => v + random.poisson(size * Math.exp(-die * progress)));
  }
  return record(of, { name: 'tweets', quantum: 1 });
}

/** Price or number of clicks by the hour: noisy, spiky, short. */
export function adClicks(random: Random): LabelledSeries {
  const of = draft(random, random.integer(1200, 1700), HOUR);
  const base = random.scale(0.05, 2);
  const body = random.between(0.1, 0.45);
  const spikes = random.scale(0.004, 0.03);
  const depth = random.between(0, 0.3);
  let trend = 0;
  fill(of, (i) => {
    trend = 0.99 * trend + 0.01 * random.normal();
    const wave = 1 + depth * Math.sin((hourOf(of, i) / 24) * 2 * Math.PI);
    const value = base * wave * Math.exp(trend) * random.logNormal(body);
    return random.chance(spikes) ? value + base * random.scale(0.8, 3) : value;
  });
  const top = [...of.values].sort((a, b) => a - b)[Math.floor(of.values.length * 0.997)] ?? base;
  for (const at of places(of, 1, 3)) {
    label(of, at);
    if (random.chance(0.7)) alter(of, at, random.integer(1, 3), (v) => v + top * random.between(0.7, 4));
    else alter(of, at, random.integer(10, 60), (v) => v * (1 + random.scale(0.5, 2.5)));
  }
  return record(of, { name: 'ad-clicks', lost: random.pick([0, 0.03]) });
}

/** Bytes on a network interface: heavy-tailed, on and off; floods, transfers without end, silence. */
export function network(random: Random): LabelledSeries {
  const of = draft(random, random.pick([4032, 4730]), 5 * MINUTE);
  const base = random.scale(50, 1e6);
  const body = random.between(0.05, 0.8);
  const change = random.scale(0.01, 0.2);
  const tail = random.between(1.5, 3);
  let burst = 1;
  fill(of, () => {
    if (random.chance(change)) burst = random.chance(0.8) ? 1 : Math.min(20, random.pareto(tail));
    return base * burst * random.logNormal(body);
  });
  if (random.chance(0.3))
    alter(of, random.integer(0, of.values.length), 1e9, (v) => v * random.between(0.8, 1.4));
  const top = [...of.values].sort((a, b) => a - b)[Math.floor(of.values.length * 0.998)] ?? base;
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const kind = random.integer(0, 3);
    if (kind === 0) alter(of, at, random.integer(1, 6), () => top * random.between(1, 5));
    else if (kind === 1) alter(of, at, random.integer(30, 300), (v) => v + top * random.between(0.3, 0.8));
    else if (kind === 2) alter(of, at, random.integer(10, 200), (v) => v * 0.02);
    else alter(of, at, 1e9, (v) => v * 3);
  }
  return record(of, { name: 'network', floor: 0 });
}
