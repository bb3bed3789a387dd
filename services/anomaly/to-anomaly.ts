import { createHash } from 'node:crypto';
import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { severityOf, type Verdict } from '../../shared/detection/detector.js';
import { explain, explainSilence } from '../../shared/detection/explain.js';
import { allowedGap, type Pace } from '../../shared/detection/silence.js';

/** A silence is a `warning`: nothing says how bad it is. */
const SILENCE_SCORE = 0.7;

/** What a window's figure becomes when it is one. */
export function toAnomaly(
  detector: string,
  identity: string,
  window: WindowAggregate,
  value: number,
  verdict: Verdict,
  now: Millis,
): Anomaly {
  const { tenantId, metric, tags, start, end } = window;
  const { expected, lower, upper, score, severity } = verdict;
  return {
    id: idOf(detector, window.window, identity, start),
    ...{ tenantId, metric, tags, window: window.window, start, end, value, expected, lower, upper },
    detector: verdict.reason?.parts.join('+') ?? detector,
    ...{ score, severity, explanation: explain(start, value, verdict), detectedAt: now },
  };
}

/** A series of the partition that has fallen silent. `value` and band are in windows of others that went by. */
export function toSilence(
  identity: string,
  window: string,
  { lastStart, pace }: { lastStart: Millis; pace: Pace },
  until: { tick: number; start: Millis },
  now: Millis,
): Anomaly {
  const value = until.tick - pace.tick;
  const upper = allowedGap(pace);
  return {
    id: idOf('silence', window, identity, lastStart),
    ...seriesOf(identity),
    ...{ detector: 'silence', window, start: lastStart, end: until.start },
    ...{ value, expected: Math.round(pace.gap), lower: 0, upper },
    ...{ score: SILENCE_SCORE, severity: severityOf(SILENCE_SCORE) },
    explanation: explainSilence(lastStart, value, upper),
    detectedAt: now,
  };
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
