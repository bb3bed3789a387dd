import type { Tone } from '../../parts/tone.js';
import { share } from '../../time/format.js';
import { HEALTHS, type Pipeline } from './flow.js';
import { type Proof, TARGETS } from './proof.js';

/** What the first line of the page says: null of what is not known yet. */
export interface Known {
  readonly pipeline: Pipeline | null;
  readonly proof: Proof | null;
  /** Firing alerts by severity. */
  readonly alerts: Readonly<Record<string, number>> | null;
  /** Of what the newest could not be had. */
  readonly stale: readonly string[];
}

export interface Concern {
  readonly tone: Tone;
  readonly text: string;
  /** Where to look; null where there is no such place. */
  readonly path: string | null;
}

/** What needs a look, the worst first. */
export function concernsOf({ pipeline, proof, alerts, stale }: Known): readonly Concern[] {
  const concerns: Concern[] = [];
  for (const { worker, health } of pipeline?.workers ?? []) {
    const { tone, text } = HEALTHS[health];
    if (tone === 'warn' || tone === 'bad')
      concerns.push({ tone, text: `${worker} ${text}`, path: `/?node=worker:${worker}` });
  }
  for (const [severity, many] of Object.entries(alerts ?? {}))
    if (many > 0)
      concerns.push({
        tone: severity === 'critical' ? 'bad' : 'warn',
        text: `${many} ${severity} ${many === 1 ? 'alert fires' : 'alerts fire'}`,
        path: '/alerts?state=firing',
      });
  if (proof !== null) {
    const { completeness, accuracy } = proof;
    if (completeness !== null && completeness < TARGETS.completeness)
      concerns.push({
        ...{ tone: 'warn', path: '/quality' },
        text: `${share(completeness)} of the points are in their windows`,
      });
    if (accuracy !== null && accuracy < TARGETS.accuracy)
      concerns.push({ tone: 'warn', text: `${share(accuracy)} of the windows are right`, path: '/quality' });
  }
  if (stale.length > 0)
    concerns.push({
      ...{ tone: 'warn', path: null },
      text: `how it is now is not known of ${stale.join(', ')}`,
    });
  return concerns.sort((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
}
