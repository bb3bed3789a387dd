import { byLabels } from '../../../../../services/api/prometheus/promql/evaluate/collected.js';
import { Labels } from '../../../../../services/api/prometheus/promql/model/labels.js';
import { matchesAll } from '../../../../../services/api/prometheus/promql/model/matchers.js';
import type {
  Series,
  SeriesSource,
} from '../../../../../services/api/prometheus/promql/model/series-source.js';

/** Points of one series: milliseconds and values, in order. */
export interface KnownSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
}

/** A source whose points are all in memory. */
export function memorySource(known: readonly KnownSeries[]): SeriesSource {
  const all: Series[] = known
    .map(({ labels, points }) => ({
      labels: Labels.of(Object.entries(labels)),
      times: Float64Array.from(points, ([time]) => time),
      values: Float64Array.from(points, ([, value]) => value),
    }))
    .sort(byLabels);
  return {
    async select({ matchers, start, end }) {
      const found = all.flatMap((series) => {
        if (!matchesAll(matchers, series.labels)) return [];
        const from = series.times.findIndex((time) => time >= start);
        const to = series.times.findLastIndex((time) => time <= end) + 1;
        if (from < 0 || to <= from) return [];
        const { labels, times, values } = series;
        return [{ labels, times: times.subarray(from, to), values: values.subarray(from, to) }];
      });
      return { series: found, bucket: 0 };
    },
  };
}
