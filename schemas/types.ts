// Written by `npm run generate` from schemas/*.avsc and topics/*.yaml: change those, not this file.

import type { TopicName } from '../topics/names.js';

/** What was decided. */
export type AlertControlKind = 'silence' | 'acknowledgement';

/** What somebody has decided about alerts: a silence, that an alert is being looked after, or that anomalies of some series are muted. The latest record of a key is in force; a record without value takes it back. */
export interface AlertControl {
  /** Identifies the silence or the mute; for an acknowledgement the fingerprint of the alert. */
  id: string;
  /** What was decided. An acknowledgement with matchers is a mute of anomalies: readers of before take it as one of an alert that there is not, where a further kind would make them ignore silences, too. */
  kind: AlertControlKind;
  /** The alerts that a silence is about, each such as severity="warning" or host=~"web-.*"; all have to match. Of a mute the glob of its metric, as metric="cpu.*", and then tags with their values. */
  matchers: Array<string>;
  /** From when it counts: milliseconds since the epoch, UTC. */
  startsAt: number;
  /** When a silence or a mute ends: milliseconds since the epoch, UTC; for an acknowledgement the same as startsAt, since it lasts until the alert is resolved. */
  endsAt: number;
  /** Who decided it. */
  author: string;
  /** Why. */
  comment: string;
  /** When it was decided: milliseconds since the epoch, UTC. */
  createdAt: number;
  /** The tenant whose alerts, or anomalies, it is about; empty for alerts of all. */
  tenantId: string;
}

/** What became of it. */
export type NotificationOutcome = 'delivered' | 'failed' | 'given_up' | 'suppressed';

/** What the channel was to be notified of. */
export type NotificationStatus = 'firing' | 'resolved';

/** What became of notifying a channel of one alert. */
export interface AlertNotification {
  /** Identifies the record: the same outcome written again has the same id. */
  id: string;
  /** Tenant of the alert. */
  tenantId: string;
  /** Identifies the alert. */
  fingerprint: string;
  /** Since when the condition of the alert held: milliseconds since the epoch, UTC. */
  startsAt: number;
  /** Wall clock of the outcome: milliseconds since the epoch, UTC. */
  at: number;
  /** Name of the channel, as the file of notifications has it. */
  channel: string;
  /** Type of the channel, such as slack; never its address. */
  kind: string;
  /** delivered; failed, which is tried again; given_up, since the channel refuses the content; suppressed, so that nothing was sent. */
  outcome: NotificationOutcome;
  /** Whether it was about the alert or about its end. */
  status: NotificationStatus;
  /** How often it was tried until then; 0 where it was suppressed. */
  attempts: number;
  /** Code of the error, of an attempt that failed. */
  error: string | null;
  /** Why it was suppressed: silenced, inhibited, or muted by the times of its route. */
  reason: string | null;
  /** The step of the escalation that the channel belongs to, from 1; 0 for a channel that is notified at once. */
  escalation: number;
}

/** Where an alert stands: its condition holds but not for long enough yet, it fires, or it is over. */
export type AlertState = 'pending' | 'firing' | 'resolved';

/** How much attention something asks for. */
export type Severity = 'info' | 'warning' | 'critical';

/** The state of one alert, after Alertmanager's model. The latest record of a fingerprint is its state now. */
export interface Alert {
  /** Identifies the alert: a hash of rule, tenant and labels. */
  fingerprint: string;
  /** Id of the rule that raised it. */
  rule: string;
  /** Tenant that it is about. */
  tenantId: string;
  /** Where it stands. */
  state: AlertState;
  /** How much attention it asks for. */
  severity: Severity;
  /** What tells it from other alerts of the rule, name to value. */
  labels: Record<string, string>;
  /** Texts for people, such as summary, name to text. */
  annotations: Record<string, string>;
  /** The value that the rule saw last, in the metric's unit. */
  value: number;
  /** Since when the condition holds: milliseconds since the epoch, UTC. */
  startsAt: number;
  /** When it was resolved: milliseconds since the epoch, UTC; null while it is not. */
  endsAt: number | null;
  /** Wall clock of this state: milliseconds since the epoch, UTC. */
  updatedAt: number;
}

/** How readily anomalies of some metrics of a tenant are reported. The latest record of a key is in force; a record without value removes it. */
export interface AnomalySensitivity {
  /** Identifies it among those of its tenant: follows from the glob. */
  id: string;
  /** The tenant whose anomalies it is about. */
  tenantId: string;
  /** Glob of the metrics that it is about; where several fit a metric, the most specific one counts. */
  metric: string;
  /** How readily an anomaly is reported, from 0 (hardly ever) to 1 (at the least doubt); 0.5 as it is configured. */
  sensitivity: number;
  /** Who has set it. */
  author: string;
  /** Why. */
  comment: string;
  /** When it was set: milliseconds since the epoch, UTC; later than that of the record before. */
  updatedAt: number;
}

/** A window whose value a detector did not expect, and why. */
export interface Anomaly {
  /** Identifies the anomaly: the same window scored again by the same detector gives the same id. */
  id: string;
  /** Tenant that the series belongs to. */
  tenantId: string;
  /** Name of the metric. */
  metric: string;
  /** Tags of the series. */
  tags: Record<string, string>;
  /** Name of the detector that found it. */
  detector: string;
  /** Name of the window definition whose figures were scored. */
  window: string;
  /** First millisecond of the window: milliseconds since the epoch, UTC. */
  start: number;
  /** First millisecond after the window (exclusive): milliseconds since the epoch, UTC. */
  end: number;
  /** The value that was scored, in the metric's unit. */
  value: number;
  /** What the detector expected, in the metric's unit. */
  expected: number;
  /** Lower bound of the expected band, in the metric's unit. */
  lower: number;
  /** Upper bound of the expected band, in the metric's unit. */
  upper: number;
  /** How unexpected the value is, from 0 (as expected) to 1. */
  score: number;
  /** How much attention it asks for. */
  severity: Severity;
  /** One sentence for people: what was seen and what was expected. */
  explanation: string;
  /** Wall clock of the detection: milliseconds since the epoch, UTC. */
  detectedAt: number;
}

/** An API key, without the key itself. The latest record of an id is the one in force; a record without value removes the key. */
export interface ApiKey {
  /** Identifies the key; it is part of the key's text. */
  id: string;
  /** HMAC-SHA-256 of the key's text under a secret of the installation. */
  hash: Buffer;
  /** The tenant that the key is for; * stands for all. */
  tenantId: string;
  /** What the key may be used for: write:metrics, write:events, read, operate, admin. */
  scopes: Array<string>;
  /** Name of the key for people. */
  name: string;
  /** When the key was made: milliseconds since the epoch, UTC. */
  createdAt: number;
  /** From when it is refused: milliseconds since the epoch, UTC; null is never. */
  expiresAt: number | null;
  /** When it was revoked: milliseconds since the epoch, UTC; null while it is not. */
  revokedAt: number | null;
  /** HMAC-SHA-256 of the fields above under a secret of the installation; a record with another one is ignored. */
  mac: Buffer;
}

/** Something that somebody did, or was refused. */
export interface AuditRecord {
  /** Unique; the same in a record that was written twice. */
  id: string;
  /** The tenant that it is about; * for all, empty where none is known. */
  tenantId: string;
  /** What was done or tried, such as key.create or access. */
  action: string;
  /** Who: a user of the machine, or key: and the id of the key; empty where nobody is known. */
  user: string;
  /** On what, such as key/abcd or POST /api/v1/metrics. */
  resource: string;
  /** done, or refused with the reason in details. */
  outcome: string;
  /** When: milliseconds since the epoch, UTC. */
  timestamp: number;
  /** What else there is to say, name to text; never a secret. */
  details: Record<string, string>;
}

/** A record that a worker could not take because of the record itself, as it came, with the reason and its origin. */
export interface DeadLetter {
  /** Topic that it was read from, with its prefix. */
  topic: string;
  /** Partition that it was read from. */
  partition: number;
  /** Its offset there. */
  offset: number;
  /** Its key as received; null when it had none. */
  key: Buffer | null;
  /** Its value as received, byte for byte; null only when it had none. */
  value: Buffer | null;
  /** Its headers as received, name to bytes. */
  headers: Record<string, Buffer>;
  /** Code of the reason, such as TACTUS_VALUE_NOT_FINITE. */
  error: string;
  /** The reason for people: names the field, the value and what is allowed. */
  message: string;
  /** Name of the worker that refused it. */
  worker: string;
  /** Wall clock of the refusal: milliseconds since the epoch, UTC. */
  failedAt: number;
}

/** Something that happened in a tenant's business, such as song_play, payment or login. */
export interface Event {
  /** Idempotency key, unique per tenant: a second event with the same id inside the de-duplication window is dropped. */
  id: string;
  /** Tenant that the event belongs to; never empty, without '|' and control characters. */
  tenantId: string;
  /** Kind of event, such as song_play; never empty, without '|' and control characters. */
  type: string;
  /** When it happened: milliseconds since the epoch, UTC. */
  timestamp: number;
  /** The user whom it is about; null when it is about nobody. */
  subjectId: string | null;
  /** Everything else that is known of it, name to value; whole numbers as long, others as double. */
  attributes: Record<string, boolean | number | string | null>;
}

/** What a value means: a measurement (gauge), what was added since the last point (delta), a counter that goes up until it begins anew (cumulative), or who is to be counted once: 52 bits of a keyed hash (member). */
export type MetricKind = 'gauge' | 'delta' | 'cumulative' | 'member';

/** One measured value. Tenant, metric and tags stand first: the identity of the series is one run of bytes at the front of the value. */
export interface MetricPoint {
  /** Tenant that the point belongs to; never empty, without '|' and control characters. */
  tenantId: string;
  /** Name of the metric, such as system.cpu.usage_percent; never empty, without '|' and control characters. */
  metric: string;
  /** Dimensions of the series, name to value. Tenant, metric and tags together identify a series, whatever the order of the tags. */
  tags: Record<string, string>;
  /** When it was measured: milliseconds since the epoch, UTC. */
  timestamp: number;
  /** The measured value, in `unit`; finite. */
  value: number;
  /** Idempotency key, unique per tenant: a second point with the same id inside the de-duplication window is dropped. */
  id: string;
  /** Unit of the value as people write it, such as percent, bytes or ms; null when it has none or it is not known. */
  unit: string | null;
  /** What sent the point, such as collector/host-1; null when not known. */
  source: string | null;
  /** What the value means. */
  kind: MetricKind;
  /** When a counter began at zero: milliseconds since the epoch, UTC, at most `timestamp`; null when that is not known. */
  startTimestamp: number | null;
}

/** A window that had closed before the point came. */
export interface MissedWindow {
  /** Name of the window definition. */
  window: string;
  /** First millisecond of the window: milliseconds since the epoch, UTC. */
  start: number;
}

/** Why a point is late: it came too late itself (arrival), or the watermark went on without an input partition that had held it back for too long (hold). */
export type LateCause = 'arrival' | 'hold';

/** A point that came after at least one of its windows had closed. It counts in those that were still open. */
export interface LatePoint {
  /** The point as it came. */
  point: MetricPoint;
  /** The windows whose figures lack the point, at least one. */
  missed: Array<MissedWindow>;
  /** The partition's watermark when the point came: milliseconds since the epoch, UTC. */
  watermark: number;
  /** Watermark less the point's timestamp, in milliseconds. */
  latenessMs: number;
  /** Why the point is late. */
  cause: LateCause;
}

/** The figures of one series over one bucket of the database's continuous aggregates. (tenantId, metric, tags, bucket, start) identifies it; a later record replaces an earlier one. */
export interface Rollup {
  /** Tenant that the series belongs to. */
  tenantId: string;
  /** Name of the metric. */
  metric: string;
  /** Tags of the series. */
  tags: Record<string, string>;
  /** Length of the bucket: 1m, 1h or 1d. */
  bucket: string;
  /** First millisecond of the bucket: milliseconds since the epoch, UTC. */
  start: number;
  /** Number of points, at least 1. */
  count: number;
  /** Sum of the values, in the metric's unit. */
  sum: number;
  /** Least value, in the metric's unit. */
  min: number;
  /** Greatest value, in the metric's unit. */
  max: number;
  /** Arithmetic mean of the values, in the metric's unit. */
  mean: number;
  /** Wall clock of the refresh that gave these figures: milliseconds since the epoch, UTC. */
  refreshedAt: number;
  /** How much the counters among the points went up in the bucket, in the metric's unit, from windows and their corrections; null without counters, or without windows that add up to the bucket. */
  increase: number | null;
  /** Number of different members in the bucket, exact up to 1,024 and estimated beyond, from windows and their corrections; null without members, or where it is not known for just the points that are counted. */
  distinct: number | null;
}

/** What a rule looks at. */
export type RuleInput = 'window' | 'anomaly';

/** What becomes of an alert when its series goes silent: it is resolved, stays as it is, or the silence itself raises it. */
export type NoData = 'resolve' | 'keep' | 'alert';

/** One of several metrics that a rule looks at together. */
export interface JoinedMetric {
  /** Name of the metric. */
  metric: string;
  /** Stands for its figures where it has no window, in the metric's unit; null: nothing is judged then. */
  fallback: number | null;
}

/** A series that there has to be. */
export interface ExpectedSeries {
  /** Tenant that it belongs to. */
  tenantId: string;
  /** Name of the metric. */
  metric: string;
  /** All tags that its windows have, name to value. */
  tags: Record<string, string>;
}

/** One alert or recording rule. The latest record of an id is the one in force; a record without value removes the rule. */
export interface RuleConfig {
  /** Identifies the rule. */
  id: string;
  /** The tenants that it is for; * stands for any run of characters. */
  tenantGlob: string;
  /** Condition in CEL over the fields of the input, such as mean > 90.0. */
  expression: string;
  /** What the rule looks at: closed windows or anomalies. */
  on: RuleInput;
  /** Name of the window definition that it looks at; null takes every one. */
  window: string | null;
  /** The metrics that it is for; * stands for any run of characters. */
  metricGlob: string;
  /** How long the condition must hold before the alert fires, in milliseconds. */
  forMs: number;
  /** How long an alert goes on firing after its condition has ended, in milliseconds. */
  keepFiringForMs: number;
  /** How long a series may be silent before noData applies, in milliseconds; null takes the worker's default. */
  staleAfterMs: number | null;
  /** What becomes of an alert when its series goes silent. */
  noData: NoData;
  /** Metrics whose windows are looked at together, by the names that the expression uses; without any, metricGlob applies. */
  metrics: Record<string, JoinedMetric>;
  /** Calculations in CEL that the expression may use, name to calculation. */
  values: Record<string, string>;
  /** How much attention its alerts ask for. */
  severity: Severity;
  /** The tags whose values tell its alerts apart; without any, every tag does. */
  groupBy: Array<string>;
  /** Labels that its alerts get in addition, name to value. */
  labels: Record<string, string>;
  /** Texts that its alerts carry, name to text. */
  annotations: Record<string, string>;
  /** Name of the metric that the expression's value is recorded as, with labels as further tags; null for an alert rule. */
  record: string | null;
  /** Series that are silent from when the rule is in force, though none of their windows was ever seen; with noData alert only. */
  expected: Array<ExpectedSeries>;
  /** False keeps the rule without applying it. */
  enabled: boolean;
  /** When the rule was changed last: milliseconds since the epoch, UTC. */
  updatedAt: number;
  /** What finds the anomalies that it is about; null stands for any, as anomaly_detector does. */
  model: string | null;
  /** Score of an anomaly from which it alerts; null: 0.5 where a model or a sensitivity is given, else any. */
  threshold: number | null;
  /** How readily it takes something for an anomaly, from 0 to 0.75; null as 0.5: as detection does. */
  sensitivity: number | null;
  /** Weighted per cent of the last 20 evaluations that change the state of an alert, above which it flaps; null with flapLow: not looked at. */
  flapHigh: number | null;
  /** Weighted per cent below which an alert that flaps does so no more. */
  flapLow: number | null;
}

/** How closely a tenant is watched. */
export type MonitoringLevel = 'basic' | 'standard' | 'detailed' | 'comprehensive';

/** The rules that a tenant's data are kept under. */
export type ComplianceMode = 'none' | 'gdpr' | 'sox' | 'strict';

/** How much a tenant may send; null takes the default of the installation. */
export interface Quotas {
  /** Most points a second. */
  pointsPerSecond: number | null;
  /** Most bytes a second. */
  bytesPerSecond: number | null;
  /** Most events a second. */
  eventsPerSecond: number | null;
  /** Most series that send at a time, over all instances. */
  activeSeries: number | null;
  /** How it is counted: token-bucket, sliding-window, fixed-window or leaky-bucket. */
  algorithm: string | null;
  /** How many seconds of the quota may come at once. */
  burst: number | null;
  /** Most points a second of each of the tenant's keys. */
  keyPointsPerSecond: number | null;
  /** Most bytes a second of each of the tenant's keys. */
  keyBytesPerSecond: number | null;
  /** Most events a second of each of the tenant's keys. */
  keyEventsPerSecond: number | null;
  /** Whether senders of Prometheus remote write are answered 503 for as long as they are over the quota, and send again; else 429, and drop what lasts. */
  alwaysRetry: boolean | null;
}

/** The profile of one tenant. The latest record of an id is the one in force; a record without value removes the tenant. */
export interface TenantConfig {
  /** Identifies the tenant; what points and events carry as tenantId. */
  id: string;
  /** Name of the tenant for people. */
  name: string;
  /** How closely the tenant is watched; basic is not watched for anomalies. */
  monitoringLevel: MonitoringLevel;
  /** The rules that the tenant's data are kept under; strict stands for all of them. */
  complianceMode: ComplianceMode;
  /** How long the tenant's data are kept, in days; null takes the default of the installation. */
  retentionDays: number | null;
  /** Thresholds of the tenant's own, metric name to value in the metric's unit. */
  thresholds: Record<string, number>;
  /** How readily an anomaly is reported, from 0 (hardly ever) to 1 (at the least doubt); 0.5 as it is configured. */
  sensitivity: number;
  /** When the profile was changed last: milliseconds since the epoch, UTC. */
  updatedAt: number;
  /** Name of what was agreed with the tenant, such as enterprise; empty for none. */
  profile: string;
  /** Whether the tenant is watched while its data come; false has only what is stored; null takes the default of the installation, which is true unless the tenant * says otherwise. */
  realTimeEnabled: boolean | null;
  /** How much the tenant may send. */
  quotas: Quotas;
  /** Share of the tenant where several wait, in proportion to those of the others; null is 1. */
  weight: number | null;
  /** Tenants of a higher one go first where several wait; null is 0. */
  priority: number | null;
  /** How long the tenant's points, late points and windows are kept, in days, where they go before their roll-ups; null keeps them as long as those. */
  rawRetentionDays: number | null;
  /** What else is to be known of the tenant, name to text. */
  labels: Record<string, string>;
  /** Most series of the tenant that send at a time in one ingest worker; null takes the default of the installation. */
  maxSeries: number | null;
}

/** The figures of one series over one closed window. (tenantId, metric, tags, window, start) identifies it. */
export interface WindowAggregate {
  /** Tenant that the series belongs to. */
  tenantId: string;
  /** Name of the metric. */
  metric: string;
  /** The tags that the definition groups by; empty when it groups by none. */
  tags: Record<string, string>;
  /** Name of the window definition, such as 10s or 1m. */
  window: string;
  /** First millisecond of the window: milliseconds since the epoch, UTC. */
  start: number;
  /** First millisecond after the window (exclusive): milliseconds since the epoch, UTC. */
  end: number;
  /** Number of points, at least 1. */
  count: number;
  /** Sum of the values, in the metric's unit. */
  sum: number;
  /** Least value, in the metric's unit. */
  min: number;
  /** Greatest value, in the metric's unit. */
  max: number;
  /** Arithmetic mean of the values, in the metric's unit. */
  mean: number;
  /** Standard deviation of the population (divided by count), in the metric's unit; 0 for one point. */
  stddev: number;
  /** Value of the point with the earliest timestamp, in the metric's unit. */
  first: number;
  /** Value of the point with the latest timestamp, in the metric's unit. */
  last: number;
  /** Quantile to value in the metric's unit, keys 0.5, 0.95 and 0.99; null when the definition asks for none. */
  quantiles: Record<string, number> | null;
  /** The partition's watermark that closed the window: milliseconds since the epoch, UTC. */
  watermark: number;
  /** Wall clock when the window was emitted: milliseconds since the epoch, UTC. */
  emittedAt: number;
  /** How much the counters among the points went up in the window, in the metric's unit, resets taken into account; null without points of kind cumulative or delta. */
  increase: number | null;
  /** The increase per second of the window; null where that is null. */
  rate: number | null;
  /** Number of different values among the points of kind member; null without such points. */
  distinct: number | null;
  /** What `distinct` was estimated from, which merges with the sketches of other windows; null without points of kind member. */
  sketch: Buffer | null;
  /** The recording rule whose result this is, with count 1; null for a window of points. */
  recordedBy: string | null;
}

/** Topic to the type of its values; `never` for those that one worker keeps to itself. */
export interface TopicValues extends Record<TopicName, unknown> {
  'ingest.metrics': MetricPoint;
  'ingest.events': Event;
  'metrics': MetricPoint;
  'events': Event;
  'windows': WindowAggregate;
  'late': LatePoint;
  'corrections': WindowAggregate;
  'rollups': Rollup;
  'anomalies': Anomaly;
  'alerts': Alert;
  'notifications': AlertNotification;
  'dlq': DeadLetter;
  'control.tenants': TenantConfig;
  'control.rules': RuleConfig;
  'control.alerts': AlertControl;
  'control.sensitivities': AnomalySensitivity;
  'control.keys': ApiKey;
  'audit': AuditRecord;
  'state.ingest': never;
  'state.ingest-events': never;
  'state.windowing': never;
  'state.anomaly': never;
  'state.alerting': never;
  'state.joins': WindowAggregate;
  'state.candidates': Anomaly;
  'state.progress': never;
  'state.dlq': never;
  'state.alerts': Alert;
  'state.notifications': never;
}
