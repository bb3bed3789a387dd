import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { bars, dashboard, heatmap, lines, quantiles, withPanels } from '../panels.js';

const R = '[$__rate_interval]';

const panels = [
  bars('Anomaly timeline', 'none', 'Anomalies found, one per incident', [
    `sum by (severity) (increase(tactus_anomalies_total${R}))`,
    '{{severity}}',
  ]),
  heatmap(
    'Scores',
    'Of all windows, 0 (as expected) to 1; an anomaly from 0.5 on',
    `sum by (le) (increase(ml_anomaly_score_bucket${R}))`,
  ),
  lines('Score quantiles', 'none', 'Of all windows', ...quantiles('ml_anomaly_score')),
  lines('Windows scored', 'cps', 'By all instances', [`sum(rate(ml_anomaly_score_count${R}))`, 'windows']),
  lines(
    'Windows without effect',
    'cps',
    'Repeated ones, and series that warm up anew',
    [`sum(rate(tactus_anomaly_windows_repeated_total${R}))`, 'repeated'],
    [`sum by (reason) (rate(tactus_anomaly_series_evicted_total${R}))`, 'series forgotten: {{reason}}'],
  ),
  lines('Lag', 'none', 'Windows and anomalies not yet processed', [
    'sum by (worker, topic) (max by (worker, group, topic, partition) (tactus_consumer_lag_records{worker=~"anomaly|alerting"}))',
    '{{worker}} {{topic}}',
  ]),
  lines('Alerts', 'none', 'By state', ['sum by (state) (tactus_alerts)', '{{state}}']),
  bars('Alert timeline', 'none', 'Changes of state', [
    `sum by (state) (increase(tactus_alert_transitions_total${R}))`,
    '{{state}}',
  ]),
  lines(
    'Without effect',
    'cps',
    'Alerts beyond a bound; conditions without a value',
    [`sum by (reason) (rate(tactus_alerts_dropped_total${R}))`, 'dropped: {{reason}}'],
    [`sum(rate(tactus_rule_evaluation_errors_total${R}))`, 'evaluation failed'],
  ),
];

/** What is found, and what is made of it. */
export function detection(): DashboardBuilder {
  return withPanels(
    dashboard('tactus-detection', 'Tactus: detection', 'Anomalies, their scores, and alerts'),
    panels,
  );
}
