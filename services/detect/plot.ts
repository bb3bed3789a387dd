import { bounded, type DetectionResult } from '../../shared/detection/detector.js';
import { counted } from '../../shared/files/file-kind.js';

/** Limit of buckets; when it is reached, pairs are merged. */
const MAX_BUCKETS = 4000;
const WIDTH = 1200;
const HEIGHT = 420;
const MARGIN = { left: 80, right: 20, top: 30, bottom: 40 };
const TICKS = 6;

/** Consecutive rows. */
interface Bucket {
  at: number;
  low: number;
  high: number;
  expected: number;
  lower: number;
  upper: number;
  /** The highest score of an anomaly; 0 without one. */
  score: number;
  value: number;
}

/** Collects rows in bounded memory and draws series, band and anomalies as SVG. */
export class Plot {
  #buckets: Bucket[] = [];
  #perBucket = 1;
  #rows = 0;

  add(at: number, given: number | null, { expected, lower, upper, score, isAnomaly }: DetectionResult): void {
    if (given === null) return;
    // As the detector sees it: the distance of two larger ones is more than a number holds.
    const value = bounded(given);
    const row: Bucket = {
      ...{ at, low: value, high: value, expected, lower, upper, value },
      score: isAnomaly ? score : 0,
    };
    const last = this.#buckets.at(-1);
    if (this.#rows++ % this.#perBucket === 0 || last === undefined) this.#buckets.push(row);
    else merge(last, row);
    if (this.#buckets.length > MAX_BUCKETS) this.#halve();
  }

  svg(): string {
    const buckets = this.#buckets;
    const times = buckets.map(({ at }) => at);
    const x = axis(Math.min(...times), Math.max(...times), MARGIN.left, WIDTH - MARGIN.right);
    const y = axis(...range(buckets), HEIGHT - MARGIN.bottom, MARGIN.top);
    const point = (at: number, value: number) => `${x.place(at).toFixed(1)},${y.place(value).toFixed(1)}`;
    const band = [
      ...buckets.map(({ at, upper }) => point(at, upper)),
      ...buckets.map(({ at, lower }) => point(at, lower)).reverse(),
    ];
    const line = buckets.flatMap(({ at, low, high }) => [point(at, high), point(at, low)]);
    const expected = buckets.map((bucket) => point(bucket.at, bucket.expected));
    const anomalies = buckets.filter(({ score }) => score > 0);
    const counts = `${counted(this.#rows, 'point')}, ${counted(anomalies.length, 'anomaly', 'anomalies')}`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
      `<title>${counts}</title>`,
      `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
      ...ticks(x).map((at) => text(x.place(at), HEIGHT - 15, 'middle', timeText(at))),
      ...ticks(y).map((value) => text(MARGIN.left - 8, y.place(value) + 4, 'end', String(value))),
      `<clipPath id="inside"><rect x="${MARGIN.left}" y="${MARGIN.top}" width="${WIDTH - MARGIN.left - MARGIN.right}" height="${HEIGHT - MARGIN.top - MARGIN.bottom}"/></clipPath>`,
      `<g clip-path="url(#inside)">`,
      `<polygon points="${band.join(' ')}" fill="#cfe3f7"/>`,
      `<polyline points="${expected.join(' ')}" fill="none" stroke="#5b9bd5" stroke-dasharray="4 3"/>`,
      `<polyline points="${line.join(' ')}" fill="none" stroke="#333" stroke-width="0.8"/>`,
      ...anomalies.map(
        ({ at, value, score }) =>
          `<circle cx="${x.place(at).toFixed(1)}" cy="${y.place(value).toFixed(1)}" r="5" fill="#d62728"><title>${new Date(at).toISOString()} value ${value} score ${score.toFixed(3)}</title></circle>`,
      ),
      '</g>',
      text(MARGIN.left, 18, 'start', `${counts} (red); band of usual values (blue)`),
      '</svg>',
      '',
    ].join('\n');
  }

  #halve(): void {
    const halved: Bucket[] = [];
    for (let i = 0; i < this.#buckets.length; i += 2) {
      const [one, other] = this.#buckets.slice(i, i + 2);
      if (one === undefined) continue;
      if (other !== undefined) merge(one, other);
      halved.push(one);
    }
    this.#buckets = halved;
    this.#perBucket *= 2;
  }
}

function merge(into: Bucket, other: Bucket): void {
  into.low = Math.min(into.low, other.low);
  into.high = Math.max(into.high, other.high);
  into.lower = Math.min(into.lower, other.lower);
  into.upper = Math.max(into.upper, other.upper);
  if (other.score <= into.score) return;
  into.score = other.score;
  into.value = other.value;
}

/** Range of the values with a margin; the band may extend beyond it. */
function range(buckets: readonly Bucket[]): [number, number] {
  const low = Math.min(...buckets.map((bucket) => bucket.low));
  const high = Math.max(...buckets.map((bucket) => bucket.high));
  const margin = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

interface Axis {
  readonly low: number;
  readonly high: number;
  place(value: number): number;
}

function axis(low: number, high: number, from: number, to: number): Axis {
  const span = high - low || 1;
  return { low, high, place: (value) => from + ((value - low) / span) * (to - from) };
}

function ticks({ low, high }: Axis): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
  // Of a range that is small beside the figures as many digits more, or all ticks would be the same.
  const apart = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low || 1));
  const digits = Math.min(15, 3 + Math.max(0, Math.floor(apart)));
  return Array.from({ length: TICKS }, (_, i) =>
    Number((low + ((i + 0.5) / TICKS) * (high - low)).toPrecision(digits)),
  );
}

function timeText(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

function text(x: number, y: number, anchor: string, content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#555">${content}</text>`;
}
