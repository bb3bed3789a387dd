import { useEffect, useRef, useState } from 'preact/hooks';
import { subscribe } from '../../api/live.js';
import type { Anomaly } from '../../api/operations.js';
import { tenant } from '../../api/session.js';
import { LiveBuffer } from '../../charts/live-buffer.js';
import { liveSteps } from '../../charts/live-steps.js';
import type { ChartPoint } from '../../charts/series.js';
import { tagsKey } from './assembled.js';

interface Wanted {
  readonly metric: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly isOn: boolean;
}

interface Steps {
  readonly stepMs: number;
  readonly aggregation: string;
  /** Tags of the groups; null for single series. */
  readonly by: readonly string[] | null;
}

export interface Live {
  /** Gives points behind a time, as steps, of a series or group. */
  readonly tailsOf: (how: Steps) => (key: string, after: number) => readonly ChartPoint[];
  readonly anomalies: readonly Anomaly[];
  /** More series match than are sent; null where they all are. */
  readonly limit: number | null;
}

const BOUNDS = { maxSeries: 1_000, maxPoints: 900 };
const MOST_ANOMALIES = 200;

/** What comes of a metric while its range ends now. */
export function useLive({ metric, tags, isOn }: Wanted): Live {
  const buffer = useRef(new LiveBuffer(BOUNDS));
  const tagsOf = useRef(new Map<string, Readonly<Record<string, string>>>());
  const [anomalies, setAnomalies] = useState<readonly Anomaly[]>([]);
  const [limit, setLimit] = useState<number | null>(null);
  const wanted = Object.fromEntries(tags);
  useEffect(() => {
    buffer.current = new LiveBuffer(BOUNDS);
    tagsOf.current = new Map();
    setAnomalies([]);
    setLimit(null);
    if (!isOn) return;
    const matches = (own: Readonly<Record<string, string>>) =>
      Object.entries(wanted).every(([name, value]) => own[name] === value);
    return subscribe(
      { metrics: [metric], tags: wanted, kinds: ['metrics', 'anomalies'] },
      {
        points: (points) => {
          for (const one of points) {
            if (one.metric !== metric || !matches(one.tags)) continue;
            const key = tagsKey(one.tags);
            buffer.current.add(key, Date.parse(one.timestamp), one.value);
            if (tagsOf.current.size < BOUNDS.maxSeries) tagsOf.current.set(key, one.tags);
          }
        },
        anomaly: (one) => {
          if (one.metric === metric && matches(one.tags))
            setAnomalies((before) =>
              [one, ...before.filter(({ id }) => id !== one.id)].slice(0, MOST_ANOMALIES),
            );
        },
        limited: setLimit,
      },
    );
  }, [metric, JSON.stringify(tags), isOn, tenant.value]);

  return {
    anomalies,
    limit,
    tailsOf: ({ stepMs, aggregation, by }) => {
      if (by === null)
        return (key, after) => liveSteps(buffer.current.after(key, after), stepMs, aggregation);
      const groups = Map.groupBy(tagsOf.current, ([, all]) => tagsKey(chosenTags(all, by)));
      return (key, after) => {
        const points = (groups.get(key) ?? []).flatMap(([own]) => buffer.current.after(own, after));
        return liveSteps(
          points.sort(([a], [b]) => a - b),
          stepMs,
          aggregation,
        );
      };
    },
  };
}

const chosenTags = (tags: Readonly<Record<string, string>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => names.includes(name)));
