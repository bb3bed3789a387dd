import { signal } from '@preact/signals';
import type { ChartPoint } from '../../charts/series.js';
import type { Pipeline } from './flow.js';

/*
 * What was seen of the pipeline in the last minutes, so that a moment of them can be looked at. It is the same for all tenants.
 */

/** Of ten minutes, with a sample every five seconds. */
const MOST = 120;

export const samples = signal<readonly Pipeline[]>([]);

/** A sample that is known, or older than the newest, changes nothing. */
export function remembered(known: readonly Pipeline[], one: Pipeline): readonly Pipeline[] {
  const newest = known.at(-1);
  return newest !== undefined && one.sampledAt <= newest.sampledAt ? known : [...known, one].slice(-MOST);
}

export function remember(one: Pipeline): void {
  samples.value = remembered(samples.peek(), one);
}

/** The last sample that was taken by then; the oldest one for what was before it. */
export function sampleAt(known: readonly Pipeline[], at: number): Pipeline | undefined {
  return known.findLast(({ sampledAt }) => Date.parse(sampledAt) <= at) ?? known[0];
}

/** A figure over the samples. */
export function courseOf(
  known: readonly Pipeline[],
  figure: (sample: Pipeline) => number | null,
): readonly ChartPoint[] {
  return known.map((sample) => [Date.parse(sample.sampledAt), figure(sample)]);
}

/** Points that arrive in a second, of all tenants; null without a rate. */
export const pointsPerSecond = ({ topics }: Pipeline): number | null =>
  topics.find(({ topic }) => topic === 'ingest.metrics')?.writtenPerSecond ?? null;
