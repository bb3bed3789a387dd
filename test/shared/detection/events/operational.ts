import {
  autoregressive,
  type Draft,
  draft,
  fill,
  HOUR,
  hourOf,
  isWeekend,
  MINUTE,
  outliers,
  places,
} from '../families/draft.js';
import type { Random } from '../families/random.js';
import { type EventSeries, Scene } from './event-series.js';

/** Changes that operators label, of a size in units of `unit`. */
function trouble(scene: Scene, at: number, unit: number): void {
  const { random } = scene.of;
  const size = random.sign() * unit * random.scale(3, 15);
  const kind = random.integer(0, 4);
  if (kind <= 1) scene.incident(at, random.integer(1, 4), (v) => v + 1.5 * size);
  else if (kind === 2) scene.incident(at, random.integer(5, 60), (v) => v + size);
  else if (kind === 3)
    scene.incident(at, random.integer(20, 120), (v, progress) => v + 1.5 * size * progress);
  else scene.incident(at, random.integer(20, 90), (v) => (random.chance(0.4) ? v + size : v));
}

function busy(scene: Scene, unit: number, fewest: number, most: number): void {
  for (const at of places(scene.of, fewest, most)) trouble(scene, at, unit);
}

/** A key figure of a web service, a minute a point: a daily wave, noise, single spikes and dips. */
function keyFigure(random: Random): EventSeries {
  const of = draft(random, 5_760, 2 * MINUTE);
  const base = random.scale(10, 5_000);
  const depth = random.between(0.2, 0.7);
  const peak = random.between(0, 24);
  const noise = autoregressive(random, 0.7);
  const spread = base * random.between(0.02, 0.08);
  fill(
    of,
    (i) => base * (1 + depth * Math.cos(((hourOf(of, i) - peak) / 24) * 2 * Math.PI)) + spread * noise(),
  );
  const scene = new Scene('key figure', of);
  busy(scene, spread, 2, 6);
  return scene.recorded();
}

/** Traffic by the hour with trend and two seasons, in which single hours are out of place. */
function hourly(random: Random): EventSeries {
  const of = draft(random, 1_440, HOUR);
  const base = random.scale(100, 10_000);
  const trend = random.between(-0.3, 0.6);
  const depth = random.between(0.1, 0.5);
  const weekend = random.between(0.5, 1.1);
  const spread = base * random.between(0.01, 0.06);
  fill(of, (i) => {
    const wave = 1 + depth * Math.sin((hourOf(of, i) / 24) * 2 * Math.PI);
    return (
      base * wave * (isWeekend(of, i) ? weekend : 1) + (base * trend * i) / 1_440 + spread * random.normal()
    );
  });
  const scene = new Scene('hourly traffic', of);
  for (const at of places(of, 2, 6)) {
    const size = random.sign() * spread * random.scale(6, 25);
    scene.incident(at, random.integer(1, 3), (v) => v + size);
  }
  return scene.recorded();
}

/** A load with restarts of a level that nobody labels, and faults. */
function load(random: Random): EventSeries {
  const of = draft(random, 4_320, 5 * MINUTE);
  const base = random.scale(5, 60);
  const spread = base * random.scale(0.02, 0.2);
  const noise = autoregressive(random, random.between(0.2, 0.9));
  fill(of, () => base + spread * noise());
  outliers(of, 0.001, (v) => v + spread * random.between(4, 8));
  const scene = new Scene('load', of);
  busy(scene, 1.5 * spread, 1, 4);
  return scene.recorded(0.01, 0);
}

/** Counts of failures: now and then some, in bursts when something is wrong. */
function failures(random: Random): EventSeries {
  const of = draft(random, 4_032, 5 * MINUTE);
  const mean = random.scale(0.05, 5);
  fill(of, () => random.poisson(mean * random.logNormal(0.5)));
  const scene = new Scene('failures', of);
  for (const at of places(of, 1, 4))
    scene.incident(at, random.integer(2, 40), (v) => v + random.poisson(random.scale(2, 6) * (mean + 2)));
  return scene.recorded(1, 0);
}

/** Latencies with a heavy tail. */
function slowness(random: Random): EventSeries {
  const of = draft(random, 4_032, 5 * MINUTE);
  const base = random.scale(2, 300);
  const body = random.between(0.04, 0.2);
  fill(of, () => base * random.logNormal(body) * (random.chance(0.01) ? random.pareto(2.5) : 1));
  const scene = new Scene('slowness', of);
  for (const at of places(of, 1, 4)) {
    const factor = 1 + random.scale(4 * body, 20 * body);
    scene.incident(at, random.integer(2, 80), (v) => v * factor);
  }
  return scene.recorded();
}

/** A service that stands by and works through batches of uneven size. */
function batches(random: Random): EventSeries {
  const of = draft(random, 4_032, 5 * MINUTE);
  const every = random.pick([12, 24, 48, 144]);
  const size = random.scale(10, 1e5);
  fill(of, (i) => (i % every < 2 ? size * random.between(0.7, 1.3) : size * 0.01 * random.exponential()));
  const scene = new Scene('batches', of);
  for (const at of places(of, 1, 4)) {
    const kind = random.integer(0, 2);
    if (kind === 0) scene.incident(at, 3 * every, () => 0);
    else if (kind === 1) scene.incident(at, 2, (v) => v + size * random.between(2, 5));
    else scene.incident(at, random.integer(10, 60), (v) => v + size * random.between(0.4, 1));
  }
  return scene.recorded(0, 0);
}

/** A measure that hardly moves, with steps nobody cares about, and that freezes or jumps when it fails. */
function gauge(random: Random): EventSeries {
  const of: Draft = draft(random, 4_032, 5 * MINUTE);
  const base = random.scale(1, 1e4);
  const spread = base * random.scale(0.001, 0.02);
  const slow = autoregressive(random, 0.998);
  fill(of, () => base + spread * random.normal() + 2 * spread * slow());
  const scene = new Scene('gauge', of);
  for (const at of places(of, 1, 4)) {
    const held = of.values[at] ?? 0;
    const size = random.sign() * spread * random.scale(8, 40);
    if (random.chance(0.4)) scene.incident(at, random.integer(60, 300), () => held);
    else scene.incident(at, random.integer(1, 30), (v) => v + size);
  }
  return scene.recorded(spread / 50);
}

export const OPERATIONAL: readonly ((random: Random) => EventSeries)[] = [
  keyFigure,
  hourly,
  load,
  failures,
  slowness,
  batches,
  gauge,
];
