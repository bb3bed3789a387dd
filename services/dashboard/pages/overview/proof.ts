import type { Answer } from '../../api/call.js';
import type { ChartPoint } from '../../charts/series.js';

export type Quality = Answer<'GET /quality'>;
type Figures = Pick<
  Quality['windows'][number],
  'windows' | 'equal' | 'storedPoints' | 'countedPoints' | 'latePoints'
>;

/** Of all window definitions together. */
export interface Proof {
  readonly windows: number;
  /** Windows that differ from their points, missing ones included. */
  readonly differing: number;
  /** Shares; null where nothing was compared. */
  readonly completeness: number | null;
  readonly accuracy: number | null;
  /** Of the definition that is slowest, in ms. */
  readonly timelinessMs: number | null;
  readonly courses: Readonly<Record<'completeness' | 'accuracy' | 'timeliness', readonly ChartPoint[]>>;
}

export const TARGETS = { completeness: 0.9995, accuracy: 0.999, timelinessMs: 100 } as const;

export function proofOf({ windows }: Quality): Proof {
  const sum = summed(windows);
  const steps = Map.groupBy(
    windows.flatMap((one) => one.steps),
    ({ start }) => Date.parse(start),
  );
  const course = (figure: (of: Quality['windows'][number]['steps']) => number | null) =>
    [...steps].sort(([a], [b]) => a - b).map(([time, own]): ChartPoint => [time, figure(own)]);
  return {
    windows: sum.windows,
    differing: windows.reduce(
      (total, { differing }) => total + Object.values(differing).reduce((a, b) => a + b, 0),
      0,
    ),
    ...{ completeness: completenessOf(sum), accuracy: accuracyOf(sum) },
    timelinessMs: slowestOf(windows),
    courses: {
      completeness: course((own) => completenessOf(summed(own))),
      accuracy: course((own) => accuracyOf(summed(own))),
      timeliness: course(slowestOf),
    },
  };
}

function summed(all: readonly Figures[]): Figures {
  const sum = (of: keyof Figures) => all.reduce((total, one) => total + one[of], 0);
  return {
    ...{ windows: sum('windows'), equal: sum('equal') },
    ...{
      storedPoints: sum('storedPoints'),
      countedPoints: sum('countedPoints'),
      latePoints: sum('latePoints'),
    },
  };
}

function slowestOf(all: readonly Pick<Quality['windows'][number], 'delayMs'>[]): number | null {
  const delays = all.flatMap(({ delayMs: { p99 } }) => (p99 === null ? [] : [p99]));
  return delays.length === 0 ? null : Math.max(...delays);
}

const completenessOf = ({ storedPoints, countedPoints, latePoints }: Figures): number | null =>
  storedPoints === 0 ? null : (countedPoints + latePoints) / storedPoints;

const accuracyOf = ({ windows, equal }: Figures): number | null => (windows === 0 ? null : equal / windows);
