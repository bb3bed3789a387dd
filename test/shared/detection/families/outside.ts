import {
  alter,
  autoregressive,
  DAY,
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
  weekdayOf,
} from './draft.js';
import type { Random } from './random.js';

const FIVE = 5 * MINUTE;

/** A smooth hump of unit height around `centre` (in hours) that goes round midnight. */
function hump(hour: number, centre: number, width: number): number {
  const apart = Math.abs(((hour - centre + 36) % 24) - 12);
  return Math.exp(-((apart / width) ** 2) / 2);
}

/** Vehicles' speed: free flow, dips in the rush hours of working days, single odd readings, gaps. */
export function trafficSpeed(random: Random): LabelledSeries {
  const of = draft(random, random.integer(1800, 4200), random.pick([FIVE, FIVE, 10 * MINUTE]));
  const free = random.between(55, 75);
  const morning = random.between(0, 20);
  const evening = random.between(0, 25);
  const noise = autoregressive(random, random.between(0.2, 0.7));
  const spread = random.between(1.5, 5);
  fill(of, (i) => {
    const hour = hourOf(of, i);
    const rush = isWeekend(of, i) ? 0.1 : random.between(0.6, 1.2);
    return free - rush * (morning * hump(hour, 8, 1) + evening * hump(hour, 17.5, 1.3)) + spread * noise();
  });
  outliers(of, random.scale(0.001, 0.01), (v) => v - random.scale(4, 30));
  for (const at of places(of, 1, 4)) {
    label(of, at);
    const drop = random.scale(10, 45);
    alter(of, at, random.pick([2, random.integer(3, 30), random.integer(30, 120)]), (v, progress) =>
      random.chance(0.85) ? v - drop * (progress < 0.7 ? 1 : 0.5) : v,
    );
  }
  return record(of, { name: 'traffic-speed', quantum: 1, floor: 2, lost: random.between(0, 0.4) });
}

/** Occupancy of a lane or travel time: skewed, peaks of very different height every working day. */
export function trafficOccupancy(random: Random): LabelledSeries {
  const of = draft(random, random.integer(1900, 4200), random.pick([FIVE, FIVE, 10 * MINUTE]));
  const base = random.between(3, 8);
  const peak = random.between(5, 20);
  const noise = autoregressive(random, 0.6);
  let today = 1;
  fill(of, (i) => {
    const hour = hourOf(of, i);
    if (hour < 0.2) today = random.logNormal(0.3);
    const load = (isWeekend(of, i) ? 0.3 : 1) * today * (hump(hour, 8, 1.2) + hump(hour, 17.3, 1.5));
    const light = 0.2 + 0.8 * hump(hour, 14, 5);
    return base * light * Math.exp(0.2 * noise()) + peak * load * random.logNormal(0.2);
  });
  outliers(of, random.scale(0.001, 0.006), (v) => v * random.scale(1.3, 3));
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const size = peak * random.scale(0.8, 4);
    alter(of, at, random.integer(1, 40), (v) => v + size * random.between(0.5, 1));
  }
  return record(of, { name: 'traffic-occupancy', quantum: 0.01, floor: 0, lost: random.between(0, 0.35) });
}

/** Rides per half hour: strong day and week; holidays, storms and events change shape or level for a day. */
export function taxiDemand(random: Random): LabelledSeries {
  const of = draft(random, random.integer(7000, 10_400), 30 * MINUTE);
  const base = random.scale(500, 15_000);
  const night = random.between(0.15, 0.35);
  const days = Array.from({ length: 7 }, () => random.between(0.9, 1.1));
  const year = random.between(0, 0.12);
  let weather = 1;
  fill(of, (i) => {
    const hour = hourOf(of, i);
    const day = weekdayOf(of, i);
    if (hour < 0.5) weather = 1 + 0.04 * random.normal();
    const late = day === 0 || day === 6 ? 0.55 : 0.15;
    const shape = night + 0.6 * hump(hour, 9, 2) + 0.85 * hump(hour, 19, 3.5) + late * hump(hour, 0.5, 2);
    const season = 1 + year * Math.sin((i / of.values.length) * 2 * Math.PI);
    return base * shape * (days[day] ?? 1) * weather * season * (1 + 0.03 * random.normal());
  });
  for (const at of places(of, 2, 6)) {
    const perDay = DAY / of.stepMs;
    const length = Math.round(perDay * random.between(0.3, 1.4));
    const factor = random.chance(0.7) ? random.between(0.3, 0.85) : random.between(1.15, 1.7);
    label(of, at + Math.round(random.between(0, 0.2) * length));
    alter(of, at, length, (v) => v * factor);
  }
  outliers(of, 0.0005, (v) => v * random.between(0.6, 1.3));
  return record(of, { name: 'taxi-demand', quantum: 1, floor: 0 });
}

/** A sensor on a machine: slow wandering; before a fault it strays, at a fault it falls. */
export function machineTemperature(random: Random): LabelledSeries {
  const of = draft(random, random.integer(9000, 20_000), FIVE);
  const wander = autoregressive(random, random.pick([0.999, 0.9995]));
  const quick = autoregressive(random, 0.9);
  const level = random.between(60, 100);
  const spread = random.between(2, 6);
  fill(of, () => level + spread * wander() + 0.25 * spread * quick());
  for (let i = random.integer(1, 5); i > 0; i--) {
    const size = spread * random.between(-4, 2);
    alter(of, random.integer(0, of.values.length), random.integer(5, 300), (v, progress) => {
      return v + size * Math.sin(Math.PI * progress);
    });
  }
  for (const at of places(of, 2, 4)) {
    label(of, at);
    const size = spread * random.between(4, 14);
    const length = random.integer(50, 500);
    alter(of, at, length, (v, progress) => v - size * Math.min(1, 3 * progress) * (progress > 0.8 ? 0.6 : 1));
  }
  return record(of, { name: 'machine-temperature' });
}

/** Temperature of a room by the hour: day, season, weather; the air conditioning fails. */
export function roomTemperature(random: Random): LabelledSeries {
  const of = draft(random, random.integer(3000, 7300), HOUR);
  const weather = autoregressive(random, 0.98);
  const quick = autoregressive(random, 0.5);
  const depth = random.between(0.5, 3);
  const spread = random.between(1, 2.5);
  fill(of, (i) => {
    const wave = depth * Math.sin(((hourOf(of, i) - 9) / 24) * 2 * Math.PI);
    const year = 3 * Math.sin((i / 8760) * 2 * Math.PI);
    return 70 + wave + year + spread * weather() + 0.5 * quick() + (isWeekend(of, i) ? -0.5 : 0);
  });
  for (const at of places(of, 1, 3)) {
    label(of, at);
    const size = random.sign() * spread * random.between(2, 7);
    alter(of, at, random.integer(4, 90), (v, progress) => v + size * Math.min(1, 4 * progress));
  }
  return record(of, { name: 'room-temperature', lost: random.pick([0, 0.02]) });
}

/** Keystrokes or logins: a daily rhythm with noise; somebody else is at the keyboard. */
export function heldKeys(random: Random): LabelledSeries {
  const of = draft(random, random.integer(1800, 5300), random.pick([FIVE, HOUR]));
  const base = random.scale(0.02, 3);
  const noise = autoregressive(random, 0.3);
  const spread = base * random.between(0.1, 0.4);
  fill(of, (i) => base * (1 + 0.3 * hump(hourOf(of, i), 14, 4)) + spread * noise());
  outliers(of, random.scale(0.002, 0.02), (v) => v + base * random.scale(0.5, 2));
  for (const at of places(of, 1, 2)) {
    label(of, at);
    const size = spread * random.between(1.5, 6);
    alter(of, at, random.integer(10, 120), (v) => v + size * random.between(0, 1.5));
  }
  return record(of, { name: 'held-keys' });
}
