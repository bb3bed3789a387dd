import { createHash } from 'node:crypto';
import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { type DetectionResult, scoreOf, severityOf } from '../../shared/detection/detector.js';
import { explain, explainSilence, explainTogether } from '../../shared/detection/explain.js';
import { allowedGap, type Cadence } from '../../shared/detection/silence.js';
import type { OddRow } from './joint-groups.js';

/** A silence is a `warning`: nothing says how bad it is. */
const SILENCE_SCORE = 0.7;

/** What a window's figure becomes when it is one. */
export function toAnomaly(
  detector: string,
  identity: string,
  window: WindowAggregate,
  value: number,
  result: DetectionResult,
  now: Millis,
): Anomaly {
  const { tenantId, metric, tags, start, end } = window;
  const { expected, lower, upper, score, severity } = result;
  return {
    id: idOf(detector, window.window, identity, start),
    ...{ tenantId, metric, tags, window: window.window, start, end, value, expected, lower, upper },
    detector: result.reason?.parts.join('+') ?? detector,
    ...{ score, severity, explanation: explain(start, value, result), detectedAt: now },
  };
}

/** A series of the partition that has fallen silent. `value` and band are in windows of others that went by. */
export function toSilence(
  identity: string,
  window: string,
  { lastStart, cadence }: { lastStart: Millis; cadence: Cadence },
  until: { tick: number; start: Millis },
  now: Millis,
): Anomaly {
  const value = until.tick - cadence.tick;
  const upper = allowedGap(cadence);
  return {
    id: idOf('silence', window, identity, lastStart),
    ...seriesOf(identity),
    ...{ detector: 'silence', window, start: lastStart, end: until.start },
    ...{ value, expected: Math.round(cadence.gap), lower: 0, upper },
    ...{ score: SILENCE_SCORE, severity: severityOf(SILENCE_SCORE) },
    explanation: explainSilence(lastStart, value, upper),
    detectedAt: now,
  };
}

/** A row of several metrics that is unlike the others; reported for the metric that deviates most. */
export function toJoint(
  key: string,
  { tenantId, tags, window, start, end }: WindowAggregate,
  { group, row, result }: OddRow,
  now: Millis,
): Anomaly {
  // The row has been learnt: it says nothing of what was usual before.
  const others = group.joint.rows.filter((each) => each !== row);
  const strays = group.metrics
    .map((metric, column) => strayOf(metric, row[column] ?? 0, column, others))
    .sort((a, b) => b.distance - a.distance);
  const [{ metric, value, usual, spread } = strayOf('', 0, 0, [])] = strays;
  const score = scoreOf(result.evidence);
  return {
    id: idOf('isolation-forest', window, key, start),
    ...{ tenantId, metric, tags, detector: 'isolation-forest', window, start, end },
    ...{ value, expected: usual, lower: usual - 3 * spread, upper: usual + 3 * spread },
    ...{
      score,
      severity: severityOf(score),
      explanation: explainTogether(strays.slice(0, 3)),
      detectedAt: now,
    },
  };
}

/** How far a value is from the mean of its column. */
function strayOf(metric: string, value: number, column: number, rows: readonly Float32Array[]) {
  const count = Math.max(1, rows.length);
  const usual = rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / count;
  const spread = Math.sqrt(rows.reduce((sum, row) => sum + ((row[column] ?? 0) - usual) ** 2, 0) / count);
  return { metric, value, usual, spread, distance: distanceOf(value - usual, spread) };
}

/** In spreads; of what was always the same any difference is larger than all others. */
function distanceOf(difference: number, spread: number): number {
  return difference === 0 ? 0 : Math.min(Number.MAX_VALUE, Math.abs(difference) / spread);
}

/** The names behind a series' identity, see `seriesKey`. */
export function seriesOf(identity: string): Pick<Anomaly, 'tenantId' | 'metric' | 'tags'> {
  const [tenantId = '', metric = '', ...pairs] = identity.split('\u0000');
  const tags: Record<string, string> = {};
  for (let i = 0; i < pairs.length; i += 2) tags[pairs[i] ?? ''] = pairs[i + 1] ?? '';
  return { tenantId, metric, tags };
}

function idOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
