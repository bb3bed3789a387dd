import type { Millis } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { formatDuration } from '../../../../shared/files/duration.js';

/*
 * Which stored figures answer a query: the coarsest that the resolution allows, since they are the fewest.
 */

/** `windows` are those of the definition 10s; the others are points, and the roll-ups of minutes, hours and days. */
export const SOURCES = ['raw', 'windows', '1m', '1h', '1d'] as const;

export type Source = (typeof SOURCES)[number];

/** Length of what a source holds; raw points have none. */
export const SOURCE_MS: Readonly<Record<Source, Millis>> = {
  raw: 0,
  windows: 10_000,
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};

/** The definition whose windows are read. */
export const WINDOW = '10s';

/** Resolutions that are chosen where none is asked for. */
const STEPS: readonly Millis[] = [
  ...[10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 6 * 3_600_000, 86_400_000, 7 * 86_400_000],
];
/** As many as a chart has pixels, roughly. */
const CHOSEN_POINTS = 1_000;
/** Ranges up to this are shown point by point. */
const RAW_RANGE_MS = 900_000;

export interface Plan {
  readonly source: Source;
  /** 0 for points as they are. */
  readonly stepMs: Millis;
  /** Begin and end, aligned to the step; the end is exclusive. */
  readonly start: Millis;
  readonly end: Millis;
  /** Steps begin so many times their length after it; the epoch without it. */
  readonly origin?: Millis;
}

export interface Wanted {
  readonly start: Millis;
  readonly end: Millis;
  /** Null lets it be chosen. */
  readonly resolutionMs: Millis | null;
  readonly source: Source | null;
  /** Those that can answer at all, from the finest on. */
  readonly allowed: readonly Source[];
  /** Points are put together: an answer has steps, however short. */
  readonly isGrouped: boolean;
  /** Most points of a series. */
  readonly maxPoints: number;
}

/**
 * Chooses resolution and source.
 *
 * @throws TactusError `TACTUS_REQUEST_INVALID`, `TACTUS_QUERY_TOO_LARGE`
 */
export function planOf(wanted: Wanted): Plan {
  const { start, end, maxPoints, allowed } = wanted;
  const range = end - start;
  const stepMs = wanted.resolutionMs ?? chosenStep(range, wanted);
  const source = wanted.source ?? coarsest(stepMs, allowed);
  if (source === undefined || !allowed.includes(source))
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      source === undefined
        ? `resolution: must be a multiple of ${formatDuration(least(allowed))}, which is the finest that answers this: value was ${formatDuration(stepMs)}`
        : `source: must be one of ${allowed.join(', ')} for this: value was ${source}`,
    );
  const own = SOURCE_MS[source];
  if (own > 0 && (stepMs < own || stepMs % own !== 0))
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `resolution: must be a multiple of ${formatDuration(own)} for the source ${source}: value was ${formatDuration(stepMs)}`,
    );
  if (stepMs === 0) return { source, stepMs, start, end };
  const aligned = { start: Math.floor(start / stepMs) * stepMs, end: Math.ceil(end / stepMs) * stepMs };
  const points = (aligned.end - aligned.start) / stepMs;
  if (points > maxPoints)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `resolution: ${formatDuration(stepMs)} gives ${points} points for each series; at most ${maxPoints} are allowed (TACTUS_API_MAX_POINTS), which takes ${formatDuration(Math.ceil(range / maxPoints))} or more`,
    );
  return { source, stepMs, ...aligned };
}

/** The same steps so much later, or earlier. */
export function shifted(plan: Plan, ms: Millis): Plan {
  const { start, end, stepMs } = plan;
  const origin = stepMs === 0 ? 0 : ms % stepMs;
  return { ...plan, start: start + ms, end: end + ms, ...(origin !== 0 && { origin }) };
}

/**
 * Those that have figures of steps which are shifted.
 *
 * @throws TactusError `TACTUS_REQUEST_INVALID` where none has
 */
export function comparable(sources: readonly Source[], backMs: Millis): readonly Source[] {
  const found = sources.filter((one) => SOURCE_MS[one] === 0 || backMs % SOURCE_MS[one] === 0);
  if (found.length > 0) return found;
  throw new TactusError(
    'TACTUS_REQUEST_INVALID',
    `compare: must be a multiple of ${formatDuration(least(sources))} for this: value was ${formatDuration(backMs)}`,
  );
}

function chosenStep(range: Millis, { source, allowed, isGrouped }: Wanted): Millis {
  const isRaw = (source ?? 'raw') === 'raw' && allowed.includes('raw') && !isGrouped;
  if (isRaw && (source === 'raw' || range <= RAW_RANGE_MS)) return 0;
  const finest = Math.max(source === null ? 0 : SOURCE_MS[source], least(allowed));
  const step = STEPS.find((each) => each >= finest && range / each <= CHOSEN_POINTS);
  const week = STEPS.at(-1) as Millis;
  return step ?? week * Math.ceil(range / CHOSEN_POINTS / week);
}

function coarsest(stepMs: Millis, allowed: readonly Source[]): Source | undefined {
  return allowed.findLast((each) => SOURCE_MS[each] === 0 || (stepMs > 0 && stepMs % SOURCE_MS[each] === 0));
}

function least(allowed: readonly Source[]): Millis {
  return Math.min(...allowed.map((each) => SOURCE_MS[each]));
}
