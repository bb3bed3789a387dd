import { integer, networks, optionalUrl, text } from './formats.js';

export const alerting = {
  rulesFile: {
    doc: 'YAML file with alert rules; empty takes the shipped ones. The API, which shows them, reads it too',
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
  forgetAfterMs: {
    doc: 'A series whose silence raised an alert is forgotten, and the alert resolved, when it has been silent for this long',
    format: integer(60_000, 31_536_000_000),
    default: 86_400_000,
    env: 'TACTUS_ALERT_FORGET_AFTER_MS',
  },
  joinWaitMs: {
    doc: 'Only for windows that carry no time of windowing, as others write them: a rule over several metrics takes the defaults of those that have no window this long, in event time, after the others',
    format: integer(1_000, 86_400_000),
    default: 30_000,
    env: 'TACTUS_ALERT_JOIN_WAIT_MS',
  },
  maxJoins: {
    doc: 'Most windows of one partition that wait for those of other metrics; beyond it they are not joined, and a metric says so',
    format: integer(1, 1_000_000),
    default: 50_000,
    env: 'TACTUS_ALERT_MAX_JOINS',
  },
  maxAlerts: {
    doc: 'Most series in pending and firing alerts of one partition; beyond it no further alert is raised, and a metric says so',
    format: integer(1, 1_000_000),
    default: 10_000,
    env: 'TACTUS_MAX_ALERTS',
  },
  maxRecorded: {
    doc: 'Most series that recording rules make of the windows of one partition; beyond it values of further ones are left out, and a metric says so',
    format: integer(1, 1_000_000),
    default: 10_000,
    env: 'TACTUS_ALERT_MAX_RECORDED',
  },
  notificationsFile: {
    doc: 'YAML file with channels, routes and inhibitions; without it alerts go to TACTUS_ALERT_WEBHOOK_URL alone',
    format: text(),
    default: '',
    env: 'TACTUS_NOTIFICATIONS_FILE',
  },
  maxSilenceMs: {
    doc: 'How long a silence that is made or changed may last',
    format: integer(60_000, 315_360_000_000),
    default: 31_536_000_000,
    env: 'TACTUS_ALERT_MAX_SILENCE_MS',
  },
  allowedNetworks: {
    doc: 'Networks that notifications may go to though they are not public, such as 127.0.0.0/8,10.1.0.0/16',
    format: networks,
    default: '',
    env: 'TACTUS_ALERT_ALLOWED_NETWORKS',
  },
  webhookUrl: {
    doc: 'Where each alert is posted to when there is no notifications file; empty posts none',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_ALERT_WEBHOOK_URL',
    sensitive: true,
  },
  webhookTimeoutMs: {
    doc: 'How long that webhook may take to answer; channels of the file have their own `timeout`',
    format: integer(100, 120_000),
    default: 10_000,
    env: 'TACTUS_ALERT_WEBHOOK_TIMEOUT_MS',
  },
};
