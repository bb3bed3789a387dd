import type { Detector, Observation } from '../../../shared/detection/detector.js';
import { observeSeries } from '../../../shared/detection/observe-series.js';
import { allOf, type EventTally, eventF1, eventTally } from '../../shared/detection/events/event-score.js';
import type { EventSeries } from '../../shared/detection/events/event-series.js';
import { corpusOf } from '../../shared/detection/events/index.js';
import { type FamilyScores, scoreFamilies } from '../../shared/detection/families/score.js';

/** How a detector does on the corpora of several seeds. */
export interface DetectFigures {
  readonly seeds: readonly number[];
  /** For each kind of made incident, the share of seeds for which all of it was found. */
  readonly made: readonly { readonly name: string; readonly share: number }[];
  /** Kinds found, each by its share. */
  readonly found: number;
  /** Alarms for a thousand points, by clean series and of all. */
  readonly clean: readonly { readonly name: string; readonly perThousand: number }[];
  readonly falseAlarms: number;
  readonly operational: readonly { readonly name: string; readonly tally: EventTally }[];
  readonly eventF1: number;
  readonly labelled: FamilyScores;
  readonly points: number;
  readonly microsPerPoint: number;
}

/** Runs one detector over all that there is for these seeds; one after another, in this process. */
export function figuresOf<State>(detector: Detector<State>, seeds: readonly number[]): DetectFigures {
  const corpora = seeds.map(corpusOf);
  let points = 0;
  let spent = 0;
  const run = (observations: readonly Observation[]) => {
    const observe = observeSeries(detector);
    const scores = new Float64Array(observations.length);
    const alarms: number[] = [];
    const began = performance.now();
    for (let i = 0; i < observations.length; i++) {
      const { score, isAnomaly } = observe(observations[i] as Observation);
      scores[i] = score;
      if (isAnomaly) alarms.push(i);
    }
    spent += performance.now() - began;
    points += observations.length;
    return { scores, alarms };
  };
  const tallies = (series: readonly EventSeries[]) =>
    byName(series.map((one) => [one.name, eventTally(one, run(one.points).alarms)] as const));

  const made = tallies(corpora.flatMap((corpus) => corpus.made)).map(([name, each]) => ({
    name,
    share: each.filter(({ incidents, found }) => found === incidents).length / each.length,
  }));
  const alarms = corpora
    .flatMap((corpus) => corpus.clean)
    .map((one) => [one.name, { count: run(one.points).alarms.length, of: one.points.length }] as const);
  const rate = (counts: readonly { count: number; of: number }[]) =>
    (1_000 * counts.reduce((sum, { count }) => sum + count, 0)) / counts.reduce((sum, { of }) => sum + of, 0);
  const operational = tallies(corpora.flatMap((corpus) => corpus.operational)).map(([name, each]) => ({
    name,
    tally: allOf(each),
  }));
  const scores = scoreFamilies(
    corpora.flatMap((corpus) => corpus.labelled),
    (one) => run(one.points).scores,
  );
  return {
    seeds,
    made,
    found: made.reduce((sum, { share }) => sum + share, 0),
    clean: byName(alarms).map(([name, counts]) => ({ name, perThousand: rate(counts) })),
    falseAlarms: rate(alarms.map(([, counts]) => counts)),
    operational,
    eventF1: eventF1(allOf(operational.map(({ tally }) => tally))),
    labelled: scores,
    points,
    microsPerPoint: (1_000 * spent) / points,
  };
}

function byName<T>(entries: readonly (readonly [name: string, value: T])[]): [name: string, values: T[]][] {
  const grouped = Map.groupBy(entries, ([name]) => name);
  return [...grouped].map(([name, group]) => [name, group.map(([, value]) => value)]);
}
