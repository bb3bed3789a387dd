import type { Anomaly, MetricOverTime } from '../../api/operations.js';
import { sortedTagTexts } from '../../api/tags.js';
import { placeOf } from '../../charts/readings.js';
import { type ChartPoint, type ChartSeries, chartPoints } from '../../charts/series.js';

type Tags = Readonly<Record<string, string>>;

/** The same for the same tags. */
export const tagsKey = (tags: Tags): string => sortedTagTexts(tags).join(', ');

/** More cannot be distinguished on a chart. */
export const MOST_DRAWN = 200;

interface Parts {
  readonly answer: MetricOverTime;
  readonly band: MetricOverTime['band'] | null;
  /** Of the period before, moved to the times of this one. */
  readonly previous: readonly ChartSeries[] | null;
  /** What came live behind the answer, by {@link tagsKey}. @param after time of the last point of the answer */
  readonly tail: (key: string, after: number) => readonly ChartPoint[];
}

/** What the tags of all series have in common says nothing about one of them. */
export function nameOf(tags: Tags, common: ReadonlySet<string>, metric: string): string {
  const own = Object.fromEntries(
    Object.entries(tags).filter(([name, value]) => !common.has(`${name}=${value}`)),
  );
  return tagsKey(own) || tagsKey(tags) || metric;
}

/** Tags that all have, with the same value. */
export function commonTags(all: readonly Tags[]): ReadonlySet<string> {
  const [first = {}, ...rest] = all;
  return new Set(
    Object.entries(first).flatMap(([name, value]) =>
      rest.length > 0 && rest.every((tags) => tags[name] === value) ? [`${name}=${value}`] : [],
    ),
  );
}

/** What one series of an answer has, and what comes live is put behind it. */
interface Course {
  readonly key: string;
  readonly name: string;
  readonly tags: Tags;
  readonly history: readonly ChartPoint[];
  /** Where its last value is; -1 without any. */
  readonly lastAt: number;
  readonly previous: readonly ChartPoint[] | undefined;
}

/** A chart moves on each second, its answer stays for a while. */
const known = new WeakMap<MetricOverTime, readonly Course[]>();

function coursesOf(answer: MetricOverTime): readonly Course[] {
  const before = known.get(answer);
  if (before !== undefined) return before;
  const common = commonTags(answer.series.map(({ tags }) => tags));
  const courses = answer.series.slice(0, MOST_DRAWN).map(({ tags, points, previous }): Course => {
    const history = chartPoints(points);
    return {
      ...{ key: tagsKey(tags), name: nameOf(tags, common, answer.metric), tags, history },
      lastAt: history.findLastIndex(([, value]) => value !== null),
      previous: previous && chartPoints(previous),
    };
  });
  known.set(answer, courses);
  return courses;
}

/** Series of an answer with all that belongs to them. */
export function assembled({ answer, band, previous, tail }: Parts): ChartSeries[] {
  const bands = new Map(band?.series.map(({ tags, steps }) => [tagsKey(tags), steps]));
  const before = new Map(previous?.map((one) => [tagsKey(one.tags ?? {}), one.points]));
  return coursesOf(answer).map(({ key, name, tags, history, lastAt, previous: given }) => {
    const after = history[lastAt]?.[0] ?? 0;
    const live = tail(key, after + Math.max(0, answer.resolutionMs - 1));
    const steps = bands.get(key);
    const earlier = given ?? before.get(key);
    return {
      ...{ name, tags },
      points: live.length === 0 ? history : upTo(history, lastAt, live).concat(live),
      ...(steps !== undefined && { band: steps }),
      ...(earlier !== undefined && { previous: earlier }),
    };
  });
}

/** What comes live is in no window yet: steps that are empty just before it are no gap. */
const NOT_YET_MS = 60_000;

function upTo(history: readonly ChartPoint[], lastAt: number, [first]: readonly ChartPoint[]): ChartPoint[] {
  const begin = first?.[0] ?? 0;
  const isGap = begin - (history[lastAt]?.[0] ?? 0) > NOT_YET_MS;
  const end = placeOf(history, begin);
  return history.slice(0, isGap ? end : Math.min(end, lastAt + 1));
}

/** An answer about a period before, at the times of this one. */
export const movedBy = ({ series }: MetricOverTime, ms: number): ChartSeries[] =>
  series.map(({ tags, points }) => ({
    ...{ name: tagsKey(tags), tags },
    points: chartPoints(points).map(([time, value]): ChartPoint => [time + ms, value]),
  }));

/** Those of a series. */
export function anomaliesOf(anomalies: readonly Anomaly[]) {
  const byKey = Map.groupBy(anomalies, ({ tags }) => tagsKey(tags));
  return ({ tags = {} }: ChartSeries) =>
    (byKey.get(tagsKey(tags)) ?? []).map(({ score, start, end }) => ({
      ...{ score, start: Date.parse(start), end: Date.parse(end) },
    }));
}
