import type { Anomaly } from '../../api/operations.js';
import { figure } from '../../time/format.js';

/** Anomalies of one series that follow one another: what people take for one thing. */
export interface Story {
  /** Of its worst anomaly. */
  readonly id: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** In order of time. */
  readonly anomalies: readonly Anomaly[];
  readonly worst: Anomaly;
  /** In ms since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** Anomalies of a series that are this near belong together: an incident is reported again when it gets worse. */
const NEAR_MS = 5 * 60_000;
/** A story that has ended as lately as this may go on. */
const ONGOING_MS = 2 * 60_000;

/** The series of an anomaly, as one text. */
export const seriesOf = ({ metric, tags }: Pick<Anomaly, 'metric' | 'tags'>): string =>
  JSON.stringify([metric, Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** The newest first. */
export function storiesOf(anomalies: readonly Anomaly[]): Story[] {
  const inOrder = [...anomalies].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const stories: Anomaly[][] = [];
  const open = new Map<string, { readonly members: Anomaly[]; end: number }>();
  for (const anomaly of inOrder) {
    const key = seriesOf(anomaly);
    const last = open.get(key);
    const [start, end] = [Date.parse(anomaly.start), Date.parse(anomaly.end)];
    if (last !== undefined && start - last.end <= NEAR_MS) {
      last.members.push(anomaly);
      last.end = Math.max(last.end, end);
    } else {
      const members = [anomaly];
      stories.push(members);
      open.set(key, { members, end });
    }
  }
  return stories.map(storyOf).sort((a, b) => b.end - a.end || (a.id < b.id ? -1 : 1));
}

function storyOf(anomalies: readonly Anomaly[]): Story {
  const worst = anomalies.reduce((most, one) => (one.score > most.score ? one : most));
  const { id, metric, tags } = worst;
  return {
    ...{ id, metric, tags, anomalies, worst },
    start: Math.min(...anomalies.map((one) => Date.parse(one.start))),
    end: Math.max(...anomalies.map((one) => Date.parse(one.end))),
  };
}

/** Whether it may not be over yet. */
export const isOngoing = ({ end }: Story, now: number): boolean => now - end < ONGOING_MS;

export interface Held {
  readonly shown: readonly Story[];
  /** Not shown yet, the newest first. */
  readonly waiting: readonly Story[];
}

/**
 * What is shown while somebody reads: a story stays where it is, with what has been added to it; new ones wait.
 *
 * @param before as they were shown last
 * @param found all that there are now; those that have gone stay, so that nothing moves
 */
export function held(before: readonly Story[], found: readonly Story[]): Held {
  // Nothing is read where nothing is shown.
  if (before.length === 0) return { shown: found, waiting: [] };
  const byAnomaly = new Map(found.flatMap((story) => story.anomalies.map(({ id }) => [id, story] as const)));
  const placed = new Set<Story>();
  const shown: Story[] = [];
  for (const was of before) {
    const is = was.anomalies.map(({ id }) => byAnomaly.get(id)).find((story) => story !== undefined) ?? was;
    // Two that have become one stand where the first of them did.
    if (!placed.has(is)) shown.push(is);
    placed.add(is);
  }
  return { shown, waiting: found.filter((story) => !placed.has(story)) };
}

/** Other stories at the same time, those that began nearest to it first: what moved with it. */
export function movedWith(story: Story, all: readonly Story[], most: number): Story[] {
  return all
    .filter((other) => other.id !== story.id && seriesOf(other) !== seriesOf(story))
    .filter((other) => other.start <= story.end + NEAR_MS && other.end >= story.start - NEAR_MS)
    .sort(
      (a, b) =>
        Math.abs(a.start - story.start) - Math.abs(b.start - story.start) || b.worst.score - a.worst.score,
    )
    .slice(0, most);
}

/** In between, a ratio says more than two figures. */
const LEAST_RATIO = 1.2;
const MOST_RATIO = 100;
/** Of a series that is 0 but for rounding. */
const NOTHING = 1e-6;

/** What is found whatever the value, and what is said of it in place of how far that is from the expected one. */
const REGARDLESS = {
  silence: () => 'sent nothing',
  absence: () => 'overdue',
  stuck: (value: number) => `stuck at ${figure(value)}`,
} as const;

/** The model that found it where it has nothing to do with a value that is out of the band; null elsewhere. */
export const regardlessOf = ({ detector }: Pick<Anomaly, 'detector'>): keyof typeof REGARDLESS | null =>
  Object.hasOwn(REGARDLESS, detector) ? (detector as keyof typeof REGARDLESS) : null;

/** How far outside of what was expected, or what else it is, in words. */
export function beyond({ value, expected, lower, upper, detector }: Anomaly): string {
  const model = regardlessOf({ detector });
  if (model !== null) return REGARDLESS[model](value);
  const times = expected > 0 ? value / expected : 0;
  if (value > upper && times >= LEAST_RATIO && times <= MOST_RATIO)
    return `${times < 10 ? times.toFixed(1) : Math.round(times)} times what was expected`;
  if (value < lower && value >= 0 && times > 0 && times <= 1 / LEAST_RATIO)
    return `${Math.round(times * 100)} % of what was expected`;
  return `${figure(value)}, where ${figure(Math.abs(expected) < NOTHING ? 0 : expected)} was expected`;
}

/** The rule that is proposed for the like of it, as the address of its form has it. */
export function ruleAbout(anomaly: Anomaly): Record<string, string> {
  const { metric, value, lower, upper } = anomaly;
  const model = regardlessOf(anomaly);
  if (model !== null) return { metric, on: 'anomaly', model };
  return { metric, expr: value >= upper ? `mean > ${double(upper)}` : `mean < ${double(lower)}` };
}

/** With a point, and no more digits than somebody would write. */
function double(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
