import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { anomalyStage } from '../../../services/anomaly/anomaly-stage.js';
import { watches } from '../../../services/anomaly/detection-rules.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import { anyStage, codecs, type Scenario, START, type Written } from '../scenario.js';
import { windowOf } from './window.js';

const windows = codecs.encoder('windows');
const REST = { metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1 };

/** Noise of whole numbers, so that no engine computes it otherwise. */
function noise(n: number): number {
  return (Math.imul(n + 1, 0x9e3779b1) >>> 24) / 64;
}

function stepOf(n: number, all: readonly WindowAggregate[]) {
  return { now: START + n * 10_000, records: all.map((each) => ({ value: windows.encode(each) })) };
}

/** Two metrics of a host, which are watched together, and one that falls silent. */
function usual(from: number, to: number) {
  const all: WindowAggregate[] = [];
  for (let n = from; n < to; n++) {
    all.push(windowOf(n, 20 + noise(n)), windowOf(n, 40 + noise(n + 7), { metric: 'load' }));
    if (n < 645) all.push(windowOf(n, noise(n), { metric: 'quiet', tags: {} }));
  }
  return stepOf(to, all);
}

const spike = stepOf(661, [windowOf(660, 400), windowOf(660, 400, { metric: 'load' })]);

/** Which anomalies there are; a better detector has other figures and words for them. */
function lasting({ topic, key, value }: Written) {
  const { id, tenantId, metric, tags, window, start, end, value: seen, detectedAt } = value as Anomaly;
  return { topic, key, value: { id, tenantId, metric, tags, window, start, end, value: seen, detectedAt } };
}

/** Learnt for long enough to score, each series and both together; then a silence, and a spike. */
export const anomaly: Scenario = {
  name: 'anomaly',
  input: 'windows',
  inexact: true,
  later: ['state.candidates'],
  lasting,
  open: () =>
    anyStage(
      anomalyStage({
        decoder: codecs.decoder('windows'),
        encoder: codecs.encoder('anomalies'),
        watchOf: watches([{ ...REST, above: null, below: null }], ({ sensitivity, above, below }) =>
          ensemble({ sensitivity, limits: { above, below } }),
        ),
        observer: {
          scored: () => {},
          found: () => {},
          candidate: () => {},
          evicted: () => {},
          repeated: () => {},
          discarded: () => {
            throw new Error('a saved state was thrown away');
          },
        },
        maxSeries: 100,
        maxGroups: 10,
        idleMs: 86_400_000,
      }),
    ),
  before: [usual(0, 650)],
  // The first one was scored before the restart: it is passed over.
  after: [usual(649, 660), spike],
};
