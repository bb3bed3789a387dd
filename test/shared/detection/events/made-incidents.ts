import { type Draft, hourOf, weekdayOf } from '../families/draft.js';
import type { Random } from '../families/random.js';
import { type EventSeries, Scene } from './event-series.js';
import * as music from './music.js';

const { PER_DAY, PER_HOUR } = music;

type Make = (random: Random) => EventSeries;

/** The first row from `day` on at which it is `hour`, on a weekday that `isWanted`. */
function moment(of: Draft, day: number, hour: number, isWanted: (weekday: number) => boolean = () => true) {
  const from = Math.round(day * PER_DAY);
  for (let i = from; i < of.values.length; i++)
    if (Math.floor(hourOf(of, i) * PER_HOUR) === hour * PER_HOUR && isWanted(weekdayOf(of, i))) return i;
  return from;
}

const isMidweek = (weekday: number) => weekday === 2 || weekday === 3 || weekday === 4;

function made(
  name: string,
  of: Draft,
  make: (scene: Scene) => void,
  quantum = 0,
  floor = 0,
  ceiling = Infinity,
) {
  const scene = new Scene(name, of);
  make(scene);
  return scene.recorded(quantum, floor, ceiling);
}

function middle({ random }: Draft, low = 12, high = 18): number {
  return Math.floor(random.between(low, high) * PER_DAY);
}

/** Incidents of a music service; each is found when an alarm lies in every one of its stretches. */
export const MADE: Readonly<Record<string, Make>> = {
  'spike once': (random) =>
    made('spike once', music.latency(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), 2, (v) => v * random.between(3, 6)),
    ),
  'the same spike five times': (random) =>
    made('the same spike five times', music.latency(music.days(random, 28)), (scene) => {
      const height = random.between(3, 5);
      for (const day of [6, 11, 15, 20, 26])
        scene.incident(day * PER_DAY + random.integer(0, 100), 2, (v) => v * height);
    }),
  'a spike, another after five days': (random) =>
    made('a spike, another after five days', music.cpu(music.days(random, 21)), (scene) => {
      const first = middle(scene.of, 9, 12);
      scene.incident(first, 2, (v) => v + 35);
      scene.incident(first + 5 * PER_DAY, 2, (v) => v + random.between(18, 28));
    }),
  'stuck sensor': (random) =>
    made(
      'stuck sensor',
      music.temperature(music.days(random, 21)),
      (scene) => {
        const at = middle(scene.of);
        const held = scene.of.values[at] ?? 0;
        scene.incident(at, 400, () => held);
      },
      0.01,
    ),
  'stuck plays': (random) =>
    made('stuck plays', music.plays(music.days(random, 21)), (scene) => {
      const at = middle(scene.of);
      const held = scene.of.values[at] ?? 0;
      scene.incident(at, 12 * PER_HOUR, () => held);
    }),
  'a workday at a third': (random) =>
    made('a workday at a third', music.business(music.days(random, 28)), (scene) =>
      scene.incident(moment(scene.of, 19, 8, isMidweek), 10 * PER_HOUR, (v) => Math.round(v / 3)),
    ),
  'a holiday': (random) =>
    made('a holiday', music.business(music.days(random, 28)), (scene) =>
      scene.incident(moment(scene.of, 19, 8, isMidweek), 10 * PER_HOUR, (v) => Math.round(v * 0.15)),
    ),
  'a Sunday like a workday': (random) =>
    made('a Sunday like a workday', music.business(music.days(random, 28)), (scene) => {
      const from = moment(scene.of, 18, 8, (weekday) => weekday === 0);
      scene.incident(from, 10 * PER_HOUR, (_, __, i) => scene.of.values[i - 7 * PER_DAY + 3 * PER_DAY] ?? 0);
    }),
  'a nightly job that does not run': (random) =>
    made('a nightly job that does not run', music.job(music.days(random, 28), PER_DAY), (scene) => {
      const runs = [...scene.of.values.keys()].filter((i) => (scene.of.values[i] ?? 0) > 0);
      scene.incident(runs[20] ?? 0, PER_DAY, () => 0);
    }),
  'an hourly job that does not run': (random) =>
    made('an hourly job that does not run', music.job(music.days(random, 14), PER_HOUR), (scene) =>
      scene.incident(middle(scene.of, 7, 12), 6 * PER_HOUR, () => 0),
    ),
  'two incidents, close': (random) =>
    made('two incidents, close', music.latency(music.days(random, 21)), (scene) => {
      const first = middle(scene.of);
      scene.incident(first, 3, (v) => v * 3.5);
      scene.incident(first + random.integer(60, 140), 6, (v) => v * random.between(2.5, 3.5));
    }),
  'a drop after a spike': (random) =>
    made(
      'a drop after a spike',
      music.hits(music.days(random, 21)),
      (scene) => {
        const first = middle(scene.of);
        scene.incident(first, 2, (v) => v - 20);
        scene.incident(first + random.integer(70, 150), 12, (v) => v - 10);
      },
      0.01,
      0,
      100,
    ),
  'a constant that falls': (random) =>
    made(
      'a constant that falls',
      music.days(random, 14),
      (scene) => {
        scene.of.values.fill(100);
        scene.incident(middle(scene.of, 7, 12), 8, () => random.between(55, 95));
      },
      0.01,
    ),
  'plays stop': (random) =>
    made('plays stop', music.plays(music.days(random, 21)), (scene) =>
      scene.incident(moment(scene.of, 15, random.integer(9, 22)), PER_HOUR, () => 0),
    ),
  'half the plays for two hours': (random) =>
    made('half the plays for two hours', music.plays(music.days(random, 21)), (scene) =>
      scene.incident(moment(scene.of, 15, random.integer(14, 20)), 2 * PER_HOUR, (v) => Math.round(v * 0.5)),
    ),
  'slower by a third': (random) =>
    made('slower by a third', music.latency(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), 2 * PER_DAY, (v) => v * 1.35),
    ),
  'a leak over two days': (random) =>
    made('a leak over two days', music.cpu(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), 2 * PER_DAY, (v, progress) => v + 40 * progress),
    ),
  'a burst of errors': (random) =>
    made('a burst of errors', music.errors(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), 5, (v) => v + random.poisson(35)),
    ),
  'twice the errors for a day': (random) =>
    made('twice the errors for a day', music.errors(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), PER_DAY, (v) => v + random.poisson(8)),
    ),
  'a queue fills': (random) =>
    made('a queue fills', music.lag(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), 2 * PER_HOUR, (v, progress) => v + Math.round(4_000 * progress)),
    ),
  'the cache misses': (random) =>
    made(
      'the cache misses',
      music.hits(music.days(random, 21)),
      (scene) => scene.incident(middle(scene.of), 3 * PER_HOUR, (v) => v - random.between(5, 8)),
      0.01,
      0,
      100,
    ),
  'restless for a day': (random) =>
    made('restless for a day', music.cpu(music.days(random, 21)), (scene) =>
      scene.incident(middle(scene.of), PER_DAY, (v) => v + 6 * random.normal()),
    ),
  'an evening without its peak': (random) =>
    made('an evening without its peak', music.plays(music.days(random, 21)), (scene) => {
      const from = moment(scene.of, 16, 17);
      const level = scene.of.values[from - 3 * PER_HOUR] ?? 0;
      scene.incident(from, 6 * PER_HOUR, (v) =>
        Math.round(Math.min(v, level * random.logNormal(0.04) * 0.6)),
      );
    }),
  'robots at night': (random) =>
    made('robots at night', music.plays(music.days(random, 21)), (scene) => {
      const at = moment(scene.of, 16, 6);
      scene.incident(at, 2 * PER_HOUR, (_, __, i) => scene.of.values[i - 12 * PER_HOUR] ?? 0);
    }),
  'a counter stands still': (random) =>
    made('a counter stands still', music.total(music.days(random, 21)), (scene) => {
      const at = middle(scene.of);
      const held = scene.of.values[at] ?? 0;
      const end = scene.of.values[at + 6 * PER_HOUR] ?? 0;
      scene.incident(at, 6 * PER_HOUR, () => held);
      for (let i = at + 6 * PER_HOUR; i < scene.of.values.length; i++)
        scene.of.values[i] = (scene.of.values[i] ?? 0) - end + held;
    }),
  'a counter starts anew': (random) =>
    made('a counter starts anew', music.total(music.days(random, 21)), (scene) => {
      const at = middle(scene.of);
      const before = scene.of.values[at - 1] ?? 0;
      for (let i = at; i < scene.of.values.length; i++)
        scene.of.values[i] = (scene.of.values[i] ?? 0) - before;
      scene.incident(at, 3, (v) => v);
    }),
  'a store fills four times as fast': (random) =>
    made('a store fills four times as fast', music.storage(music.days(random, 21)), (scene) => {
      const at = middle(scene.of);
      const start = scene.of.values[at] ?? 0;
      scene.incident(at, PER_DAY, (v) => start + 4 * (v - start));
      const gained = 3 * ((scene.of.values[at + PER_DAY] ?? 0) - start);
      for (let i = at + PER_DAY; i < scene.of.values.length; i++)
        scene.of.values[i] = (scene.of.values[i] ?? 0) + gained;
    }),
};

/** The same metrics without an incident, and what people do not call one. */
export const CLEAN: Readonly<Record<string, Make>> = {
  plays: (random) => made('plays', music.plays(music.days(random, 28)), () => undefined),
  business: (random) => made('business', music.business(music.days(random, 28)), () => undefined),
  latency: (random) => made('latency', music.latency(music.days(random, 28)), () => undefined),
  cpu: (random) => made('cpu', music.cpu(music.days(random, 28)), () => undefined, 0.1),
  temperature: (random) =>
    made('temperature', music.temperature(music.days(random, 28)), () => undefined, 0.01),
  errors: (random) => made('errors', music.errors(music.days(random, 28)), () => undefined),
  lag: (random) => made('lag', music.lag(music.days(random, 28)), () => undefined),
  hits: (random) => made('hits', music.hits(music.days(random, 28)), () => undefined, 0.01, 0, 100),
  'nightly job': (random) => made('nightly job', music.job(music.days(random, 28), PER_DAY), () => undefined),
  'hourly job': (random) => made('hourly job', music.job(music.days(random, 28), PER_HOUR), () => undefined),
  total: (random) => made('total', music.total(music.days(random, 28)), () => undefined),
  storage: (random) => made('storage', music.storage(music.days(random, 28)), () => undefined),
  'rounding of a constant': (random) =>
    made('rounding of a constant', music.days(random, 28), ({ of }) => {
      of.values.fill(100);
      for (let k = 0; k < 4; k++) of.values[random.integer(500, of.values.length - 1)] = 100.04;
    }),
  coarse: (random) => made('coarse', music.temperature(music.days(random, 28)), () => undefined, 1),
};
