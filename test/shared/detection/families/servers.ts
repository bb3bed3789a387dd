import {
  alter,
  autoregressive,
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

const FIVE = 5 * MINUTE;

/** CPU of one machine: a floor with noise, jobs at fixed times, harmless jumps; faults of many shapes. */
export function serverCpu(random: Random): LabelledSeries {
  const of = draft(random, random.pick([4032, 4032, 4700, 7000]), FIVE);
  const base = random.scale(0.2, 60);
  const noise = autoregressive(random, random.between(0, 0.8));
  const spread = base * random.scale(0.01, 0.25);
  const jobEvery = random.chance(0.5) ? random.pick([12, 48, 72, 288]) : 0;
  const job = base * random.scale(0.3, 3);
  const daily = random.chance(0.3) ? base * random.between(0.05, 0.4) : 0;
  fill(of, (i) => {
    const inJob = jobEvery > 0 && i % jobEvery < 2 && random.chance(0.95);
    const wave = daily * Math.sin((hourOf(of, i) / 24) * 2 * Math.PI);
    return base + wave + spread * noise() + (inJob ? job * random.between(0.7, 1.2) : 0);
  });
  outliers(of, random.scale(0.0003, 0.006), (v) => v + base * random.scale(0.2, 2.5));
  if (random.chance(0.4))
    alter(of, random.integer(0, of.values.length), 1e9, (v) => v + base * random.between(-0.15, 0.3));
  const top = Math.max(...of.values) - base;
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const size = base * random.scale(0.4, 4);
    const length = random.integer(3, 200);
    switch (random.integer(0, 5)) {
      case 0:
        alter(of, at, random.integer(1, 4), (v) => v + top * random.between(0.9, 2));
        break;
      case 1:
        alter(of, at, 1e9, (v) => v + size * random.pick([1, 0.3]));
        break;
      case 2:
        alter(of, at, length, (v, progress) => v + size * progress);
        break;
      case 3:
        alter(of, at, length, (v) => v * random.between(0, 0.1));
        break;
      case 4:
        alter(of, at, length, (v) => (random.chance(0.3) ? v + size * random.between(0.3, 1) : v));
        break;
      default:
        alter(of, at, length * 3, (v) => v + 0.5 * size);
    }
  }
  return record(of, {
    name: 'server-cpu',
    quantum: random.pick([0, 0.001, 0.01, 0.1]),
    floor: 0,
    ceiling: 100,
  });
}

/** Response times: a tight body with a tail of slow ones; clusters of slow ones and rises are faults. */
export function latency(random: Random): LabelledSeries {
  const of = draft(random, 4032, FIVE);
  const base = random.scale(5, 500);
  const body = random.between(0.02, 0.12);
  const slow = random.scale(0.002, 0.03);
  fill(of, () => base * random.logNormal(body) * (random.chance(slow) ? random.pareto(3) : 1));
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const factor = 1 + random.scale(3 * body, 15 * body);
    if (random.chance(0.3)) alter(of, at, random.integer(1, 5), (v) => v * (1 + random.scale(0.5, 3)));
    else if (random.chance(0.5))
      alter(of, at, random.integer(15, 150), (v) => (random.chance(0.4) ? v * factor : v));
    else alter(of, at, random.integer(60, 1500), (v) => v * factor);
  }
  return record(of, { name: 'latency', quantum: base / 1000 });
}

/** Mostly still, with a few values that it flips between, then active; the first activity is the fault. */
export function flatThenActive(random: Random): LabelledSeries {
  const of = draft(random, random.integer(1900, 5300), FIVE);
  const base = random.pick([0, 0, 1, 20, 1000]);
  const unit = base === 0 ? random.scale(0.01, 100) : base * random.scale(0.001, 0.1);
  const flicker = random.pick([0, 0.02, 0.1]);
  fill(of, () => base + (random.chance(flicker) ? unit * random.integer(1, 2) : 0));
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const size = unit * random.scale(2, 30);
    const length = random.pick([1, random.integer(5, 50), random.integer(100, 600)]);
    alter(of, at, length, (v) => (random.chance(0.7) ? v + size * random.between(0.3, 1) : v));
  }
  return record(of, { name: 'flat-then-active', floor: 0, lost: random.pick([0, 0.02]) });
}

/** Disk writes and other counts: mostly nothing, batches now and then; long or huge activity is the fault. */
export function manyZeros(random: Random): LabelledSeries {
  const of = draft(random, random.pick([4032, 4730]), FIVE);
  const unit = random.scale(1, 1e7);
  const often = random.scale(0.01, 0.4);
  const tail = random.between(1.8, 4);
  const every = random.chance(0.5) ? random.pick([12, 36, 288]) : 0;
  fill(of, (i) => {
    const batch = every > 0 && i % every === 0;
    return batch || random.chance(often) ? unit * Math.min(30, random.pareto(tail)) : 0;
  });
  const usual = [...of.values].sort((a, b) => a - b)[Math.floor(of.values.length * 0.998)] ?? unit;
  for (const at of places(of, 1, 3)) {
    label(of, at);
    if (random.chance(0.4)) alter(of, at, random.integer(1, 4), () => usual * random.between(1, 4));
    else if (random.chance(0.6))
      alter(of, at, random.integer(20, 200), (v) => (random.chance(0.6) ? unit * random.pareto(tail) : v));
    else alter(of, at, random.integer(100, 500), () => 0);
  }
  return record(of, { name: 'many-zeros', quantum: random.pick([0, 1]) });
}

/** Requests of a balancer: counts around a daily wave; drops, floods and a changed wave are faults. */
export function requests(random: Random): LabelledSeries {
  const of = draft(random, random.pick([4032, 8064]), FIVE);
  const base = random.scale(3, 3000);
  const depth = random.between(0.1, 0.8);
  const peak = random.between(0, 24);
  const weekend = random.between(0.5, 1.1);
  const shape = random.pick([2, 5, 30]);
  const drift = random.between(-0.2, 0.4);
  const n = of.values.length;
  fill(of, (i) => {
    const wave = 1 + depth * Math.cos(((hourOf(of, i) - peak) / 24) * 2 * Math.PI);
    const mean = base * wave * (isWeekend(of, i) ? weekend : 1) * (1 + (drift * i) / n);
    return random.poisson(mean * random.logNormal(1 / shape));
  });
  outliers(of, random.scale(0.0005, 0.004), (v) => v * random.scale(1.5, 4));
  for (const at of places(of, 1, 4)) {
    label(of, at);
    const length = random.integer(6, 250);
    const factor = random.chance(0.5) ? random.between(0, 0.6) : random.between(1.5, 4);
    alter(of, at, length, (v) => v * factor);
  }
  return record(of, { name: 'requests', quantum: 1, lost: random.pick([0, 0.01]) });
}

/** Daily peaks, some of which stay out, come too low or too late: nothing is out of range. */
export function subtlePeaks(random: Random): LabelledSeries {
  const of = draft(random, 4032, FIVE);
  const base = random.between(0, 30);
  const height = random.between(20, 80);
  const from = random.integer(5, 14);
  const length = random.integer(3, 10);
  const noise = random.between(0.5, 6);
  const inPeak = (i: number) => hourOf(of, i) >= from && hourOf(of, i) < from + length;
  fill(of, (i) => base + (inPeak(i) ? height : 0) + noise * random.normal());
  const perDay = (24 * HOUR) / FIVE;
  const first = Array.from({ length: perDay }, (_, i) => i).find((i) => inPeak(i) && !inPeak(i + perDay - 1));
  for (const at of places(of, 1, 2)) {
    const day = Math.floor(at / perDay) * perDay + (first ?? 0);
    label(of, day);
    const kind = random.integer(0, 3);
    if (kind === 0) alter(of, day, length * 12, (v) => v - height * random.between(0.4, 0.9));
    else if (kind === 1) alter(of, day, length * 12, (v) => v - height);
    else if (kind === 2) alter(of, day + length * 12, 60, (v) => v + height);
    else alter(of, day, length * 12, (v) => v + height * random.between(0.3, 0.8));
  }
  return record(of, { name: 'subtle-peaks' });
}

/** A counter that only grows, read now and then; its cadence changes, it stands still or starts anew. */
export function counter(random: Random): LabelledSeries {
  const of = draft(random, 4032, FIVE);
  const cadence = random.scale(0.5, 5000);
  const paces = new Float64Array(of.values.length).fill(cadence);
  const resets = new Set<number>();
  for (const at of places(of, 1, 2)) {
    label(of, at);
    const kind = random.integer(0, 2);
    if (kind === 0) resets.add(at);
    else paces.fill(kind === 1 ? 0 : cadence * random.between(3, 20), at, at + random.integer(20, 120));
  }
  fill(of, (i, before) => (resets.has(i) ? 0 : before) + random.poisson(paces[i] ?? 0));
  return record(of, { name: 'counter', quantum: 1 });
}
