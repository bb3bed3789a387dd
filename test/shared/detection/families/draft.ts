import type { Observation } from '../../../../shared/detection/detector.js';
import type { Random } from './random.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A series in the making: values on a regular grid, and where the labelled anomalies begin. */
export interface Draft {
  readonly random: Random;
  readonly start: number;
  readonly stepMs: number;
  readonly values: Float64Array;
  readonly labels: number[];
}

/** A labelled series as a detector sees it. */
export interface LabelledSeries {
  readonly name: string;
  readonly points: readonly Observation[];
  /** Indices into `points` at which somebody would say that an anomaly began. */
  readonly labels: readonly number[];
}

export function draft(random: Random, length: number, stepMs: number): Draft {
  // Any weekday and time of day, in 2014 to 2016.
  const start = Date.UTC(2014, 0, 1) + random.integer(0, 700 * 288) * 5 * MINUTE;
  return { random, start, stepMs, values: new Float64Array(length), labels: [] };
}

export function timeOf({ start, stepMs }: Draft, index: number): number {
  return start + index * stepMs;
}

/** Hours since midnight, with fraction. */
export function hourOf(of: Draft, index: number): number {
  return (timeOf(of, index) % DAY) / HOUR;
}

/** 0 is Sunday. */
export function weekdayOf(of: Draft, index: number): number {
  return (Math.floor(timeOf(of, index) / DAY) + 4) % 7;
}

export function isWeekend(of: Draft, index: number): boolean {
  return weekdayOf(of, index) % 6 === 0;
}

/** Fills the values one after another; `before` is the last one. */
export function fill(of: Draft, next: (index: number, before: number) => number): void {
  for (let i = 0, before = 0; i < of.values.length; i++) {
    before = next(i, before);
    of.values[i] = before;
  }
}

/** First-order autoregressive noise of unit standard deviation. */
export function autoregressive(random: Random, memory: number): () => number {
  let state = random.normal();
  const fresh = Math.sqrt(1 - memory * memory);
  return () => {
    state = memory * state + fresh * random.normal();
    return state;
  };
}

/** Changes the values in [from, from + length) that exist. */
export function alter(
  of: Draft,
  from: number,
  length: number,
  change: (value: number, progress: number, index: number) => number,
): void {
  const end = Math.min(of.values.length, from + length);
  for (let i = Math.max(0, from); i < end; i++)
    of.values[i] = change(of.values[i] ?? 0, (i - from) / length, i);
}

/** Places for anomalies: after the first 16 %, well apart from each other. */
export function places(of: Draft, fewest: number, most: number): number[] {
  const { random, values } = of;
  const found: number[] = [];
  const wanted = random.integer(fewest, most);
  for (let tries = 0; found.length < wanted && tries < 100; tries++) {
    const at = Math.floor(values.length * random.between(0.16, 0.96));
    if (found.every((other) => Math.abs(other - at) > 0.07 * values.length)) found.push(at);
  }
  return found.sort((a, b) => a - b);
}

/** Labels an anomaly as people do: mostly where it begins, at times a little late or early. */
export function label(of: Draft, index: number): void {
  const slack = of.values.length / 400;
  const shift = of.random.chance(0.3) ? Math.round(of.random.between(-slack, 2 * slack)) : 0;
  of.labels.push(Math.min(of.values.length - 1, Math.max(0, index + shift)));
}

/** Single odd values that nobody labelled; `change` makes one of a value. */
export function outliers(of: Draft, perPoint: number, change: (value: number) => number): void {
  for (let i = 0; i < of.values.length; i++)
    if (of.random.chance(perPoint)) of.values[i] = change(of.values[i] ?? 0);
}

/** What recording does to a series: quantised, with gaps, missing values, repeated times. */
export interface Recording {
  readonly name: string;
  readonly quantum?: number;
  readonly floor?: number;
  readonly ceiling?: number;
  /** Share of points that were not recorded at all. */
  readonly lost?: number;
  /** Share of points recorded without a value. */
  readonly blank?: number;
}

export function record(of: Draft, recording: Recording): LabelledSeries {
  const { random } = of;
  const { quantum = 0, floor = -Infinity, ceiling = Infinity, lost = 0, blank = 0 } = recording;
  const points: Observation[] = [];
  const place = new Map<number, number>();
  const outage = random.chance(0.15) ? random.integer(0, of.values.length) : -1;
  const outageLength = Math.floor(random.between(0.002, 0.015) * of.values.length);
  for (let i = 0; i < of.values.length; i++) {
    place.set(i, points.length);
    const inOutage = i >= outage && i < outage + outageLength;
    if ((outage >= 0 && inOutage) || random.chance(lost)) continue;
    const bounded = Math.min(ceiling, Math.max(floor, of.values[i] ?? 0));
    const value = quantum > 0 ? Math.round(bounded / quantum) * quantum : bounded;
    points.push({ at: timeOf(of, i), value: random.chance(blank) ? null : value });
  }
  const labels = of.labels.map((index) => Math.min(points.length - 1, place.get(index) ?? 0));
  return { name: recording.name, points, labels: [...new Set(labels)].sort((a, b) => a - b) };
}
