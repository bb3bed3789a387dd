/**
 * The topics that Tactus knows, by their logical names (without `TOPIC_PREFIX`). Each has its
 * declaration in `topics/<name>.yaml`; a test compares the two lists.
 */
export const TOPIC_NAMES = [
  'ingest.metrics',
  'ingest.events',
  'metrics',
  'events',
  'windows',
  'late',
  'corrections',
  'rollups',
  'anomalies',
  'alerts',
  'notifications',
  'dlq',
  'control.tenants',
  'control.rules',
  'control.alerts',
  'control.sensitivities',
  'control.keys',
  'audit',
  'state.ingest',
  'state.ingest-events',
  'state.windowing',
  'state.anomaly',
  'state.alerting',
  'state.joins',
  'state.candidates',
  'state.progress',
  'state.dlq',
  'state.alerts',
  'state.notifications',
] as const;

export type TopicName = (typeof TOPIC_NAMES)[number];
