import { autoregressive, type Draft, draft, fill, hourOf, isWeekend, MINUTE } from '../families/draft.js';
import type { Random } from '../families/random.js';

export const STEP = 10 * MINUTE;
export const PER_HOUR = 6;
export const PER_DAY = 24 * PER_HOUR;

/** A draft of so many days of the metrics of a music service. */
export function days(random: Random, count: number): Draft {
  return draft(random, count * PER_DAY, STEP);
}

/** Plays: few at night, most in the evening, a little more at weekends. */
export function plays(of: Draft): Draft {
  const { random } = of;
  const base = random.scale(20, 5_000);
  const depth = random.between(0.5, 0.8);
  const peak = random.between(18, 21);
  const weekend = random.between(1, 1.25);
  const noise = autoregressive(random, 0.5);
  const spread = random.between(0.02, 0.06);
  fill(of, (i) => {
    const wave = 1 + depth * Math.cos(((hourOf(of, i) - peak) / 24) * 2 * Math.PI);
    return random.poisson(base * wave * (isWeekend(of, i) ? weekend : 1) * (1 + spread * noise()));
  });
  return of;
}

/** Uploads of labels: much on workdays from 8 to 18, little else. */
export function business(of: Draft): Draft {
  const { random } = of;
  const base = random.scale(50, 2_000);
  const rest = random.between(0.1, 0.25);
  fill(of, (i) => {
    const hour = hourOf(of, i);
    const isWork = !isWeekend(of, i) && hour >= 8 && hour < 18;
    return random.poisson(base * (isWork ? 1 : rest) * random.logNormal(0.06));
  });
  return of;
}

/** Latency: a tight body, a few slow ones. */
export function latency(of: Draft): Draft {
  const { random } = of;
  const base = random.scale(20, 400);
  const body = random.between(0.03, 0.1);
  fill(of, () => base * random.logNormal(body) * (random.chance(0.003) ? random.between(1.2, 1.6) : 1));
  return of;
}

/** CPU of an encoder in percent. */
export function cpu(of: Draft): Draft {
  const { random } = of;
  const base = random.between(25, 55);
  const noise = autoregressive(random, 0.6);
  const spread = random.between(0.8, 1.6);
  fill(of, () => base + spread * noise());
  return of;
}

/** Temperature of a rack. */
export function temperature(of: Draft): Draft {
  const { random } = of;
  const noise = autoregressive(random, 0.8);
  const slow = autoregressive(random, 0.995);
  const base = random.between(18, 35);
  fill(of, () => base + 0.4 * noise() + 0.5 * slow());
  return of;
}

/** Failed requests: a few, at random. */
export function errors(of: Draft): Draft {
  const { random } = of;
  const mean = random.scale(0.5, 6);
  fill(of, () => random.poisson(mean));
  return of;
}

/** Lag of a consumer: mostly next to nothing, now and then a few. */
export function lag(of: Draft): Draft {
  const { random } = of;
  const often = random.scale(0.02, 0.2);
  fill(of, () => (random.chance(often) ? Math.round(random.pareto(2.5) * 20) : random.integer(0, 2)));
  return of;
}

/** Hits of the cache in percent. */
export function hits(of: Draft): Draft {
  const { random } = of;
  const base = random.between(93, 98);
  const noise = autoregressive(random, 0.4);
  fill(of, () => base + 0.35 * noise());
  return of;
}

/** Rows of a job that runs at a fixed time each day or each `every` rows, and nothing between. */
export function job(of: Draft, every: number): Draft {
  const { random } = of;
  const rows = random.scale(1e3, 1e6);
  const first = random.integer(0, every - 1);
  fill(of, (i) => ((i + first) % every === 0 ? Math.round(rows * random.between(0.9, 1.1)) : 0));
  return of;
}

/** All plays so far. */
export function total(of: Draft): Draft {
  const { random } = of;
  const pace = random.scale(30, 3_000);
  const from = Math.round(random.scale(1e4, 1e8));
  fill(of, (i, before) => (i === 0 ? from : before) + random.poisson(pace));
  return of;
}

/** Bytes of a store that fills evenly. */
export function storage(of: Draft): Draft {
  const { random } = of;
  const pace = random.scale(0.01, 1);
  fill(of, (i, before) => (i === 0 ? random.between(100, 900) : before) + pace * random.between(0.8, 1.2));
  return of;
}
