import { integer, optionalUrl, text } from '../formats.js';

export const alerting = {
  rulesFile: {
    doc: 'YAML file with alert rules; empty takes the shipped ones',
    format: text(),
    default: '',
    env: 'RULES_FILE',
  },
  staleAfterMs: {
    doc: 'An alert is resolved when its series has sent no window for this long; a rule may have its own `staleAfter`',
    format: integer(1_000, 604_800_000),
    default: 120_000,
    env: 'TACTUS_ALERT_STALE_AFTER_MS',
  },
  anomalyStaleAfterMs: {
    doc: 'An alert on anomalies is resolved when there was no further one for this long; a rule may have its own `staleAfter`',
    format: integer(1_000, 604_800_000),
    default: 300_000,
    env: 'TACTUS_ALERT_ANOMALY_STALE_AFTER_MS',
  },
  maxAlerts: {
    doc: 'Most series in pending and firing alerts of one partition; beyond it no further alert is raised, and a metric says so',
    format: integer(1, 1_000_000),
    default: 10_000,
    env: 'TACTUS_MAX_ALERTS',
  },
  webhookUrl: {
    doc: 'Where alerts are posted to; empty posts none',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_ALERT_WEBHOOK_URL',
    sensitive: true,
  },
  webhookTimeoutMs: {
    doc: 'How long a webhook target may take to answer',
    format: integer(100, 120_000),
    default: 10_000,
    env: 'TACTUS_ALERT_WEBHOOK_TIMEOUT_MS',
  },
};
