import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Severity } from '../../shared/detection/detector.js';
import type { MetricSensitivities } from '../../shared/detection/metric-sensitivities.js';
import type { AnomalyObserver } from './anomaly-stage.js';
import { EVICTION_REASONS } from './series-store.js';

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** Metrics of the worker; a step that is repeated after a failed commit counts twice. */
export function anomalyTelemetry(register: Registry): AnomalyObserver {
  const registers = [register];
  const scores = new Histogram({
    name: 'ml_anomaly_score',
    help: 'Scores of all windows, 0 (as expected) to 1; an anomaly from 0.5 on',
    buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
    registers,
  });
  const anomalies = new Counter({
    name: 'tactus_anomalies_total',
    help: 'Anomalies found, one per incident',
    labelNames: ['severity'],
    registers,
  });
  const candidates = new Counter({
    name: 'tactus_anomaly_candidates_total',
    help: 'Values that are no anomalies, and would be at 2.2 times the sensitivity: written for alert rules that have one',
    registers,
  });
  const evicted = new Counter({
    name: 'tactus_anomaly_series_evicted_total',
    help: 'Series (and groups of metrics) forgotten as idle or one too many; they warm up anew if they return',
    labelNames: ['reason'],
    registers,
  });
  const repeated = new Counter({
    name: 'tactus_anomaly_windows_repeated_total',
    help: 'Windows skipped because the series had one as late or later before',
    registers,
  });
  const discarded = new Counter({
    name: 'tactus_anomaly_states_discarded_total',
    help: 'Saved states of another version; their series warm up anew',
    registers,
  });
  // What is counted from 0 has a rate from the first time on.
  for (const severity of SEVERITIES) anomalies.inc({ severity }, 0);
  for (const reason of EVICTION_REASONS) evicted.inc({ reason }, 0);
  return {
    scored: (score) => scores.observe(score),
    found: (severity: Severity) => anomalies.inc({ severity }),
    candidate: () => candidates.inc(),
    evicted: (reason) => evicted.inc({ reason }),
    repeated: () => repeated.inc(),
    discarded: () => discarded.inc(),
  };
}

/** Takes how many sensitivities of metrics there are. */
export function sensitivityTelemetry(register: Registry): (size: MetricSensitivities['size']) => void {
  const sensitivities = new Gauge({
    name: 'tactus_anomaly_sensitivities',
    help: 'Sensitivities set for metrics: in force, or ignored because of their content or as one too many, which the log names',
    labelNames: ['state'],
    registers: [register],
  });
  const show = ({ inForce, ignored }: MetricSensitivities['size']) => {
    sensitivities.set({ state: 'in_force' }, inForce);
    sensitivities.set({ state: 'ignored' }, ignored);
  };
  show({ inForce: 0, ignored: 0 });
  return show;
}
