// Written by `npm run generate` from the routes of the API, as /openapi.json describes them: change those, not this file.

export interface Acknowledgement {
  readonly fingerprint: string;
  readonly acknowledgedAt: string;
  readonly by: string;
}

export interface Alert {
  /** Identifies it for as long as rule and labels stay the same */
  readonly fingerprint: string;
  readonly rule: string;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly severity: 'info' | 'warning' | 'critical';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly updatedAt: string;
  readonly acknowledged: boolean;
  /** Whether a silence suppresses its notifications now */
  readonly silenced: boolean;
}

export interface AlertChange {
  readonly rule: string;
  readonly state: string;
  readonly severity: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string | null;
}

export interface AlertNotification {
  readonly id: string;
  readonly at: string;
  /** Of the alert: which time that it went up */
  readonly startsAt: string;
  /** Name of the channel */
  readonly channel: string;
  /** Type of the channel, such as slack */
  readonly kind: string;
  /** failed is tried again, given_up is not; of suppressed nothing was sent */
  readonly outcome: 'delivered' | 'failed' | 'given_up' | 'suppressed';
  /** Whether it is about the alert or about its end */
  readonly status: 'firing' | 'resolved';
  /** How often it was tried by then */
  readonly attempts: number;
  /** Code of the error of a failed attempt */
  readonly error: string | null;
  /** Why it was suppressed: silenced, inhibited or muted (by the times of its route) */
  readonly reason: string | null;
  /** Step of the escalation, from 1; 0 for a channel notified at once */
  readonly escalation: number;
}

export interface AlertStateChange {
  /** Which time that it went up */
  readonly startsAt: string;
  readonly state: 'pending' | 'firing' | 'resolved' | 'acknowledged';
  readonly at: string;
  /** Who acknowledged it */
  readonly by?: string;
  readonly comment?: string;
}

export interface AlertWithTimes {
  /** Identifies it for as long as rule and labels stay the same */
  readonly fingerprint: string;
  readonly rule: string;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly severity: 'info' | 'warning' | 'critical';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly updatedAt: string;
  readonly acknowledged: boolean;
  /** Whether a silence suppresses its notifications now */
  readonly silenced: boolean;
  readonly occurrences: readonly Alert[];
  /** When it came to be in its states, of these occurrences, newest first; of acknowledgements the last */
  readonly history: readonly AlertStateChange[];
}

export interface Anomaly {
  readonly id: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly detector: string;
  readonly window: string;
  readonly start: string;
  readonly end: string;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly score: number;
  readonly severity: string;
  readonly explanation: string;
  readonly detectedAt: string;
  /** Until when anomalies of its series are muted: they raise no alert, and are not to be counted */
  readonly mutedUntil: string | null;
}

export interface AnomalyMute {
  readonly id: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly by: string;
  readonly comment: string;
}

export interface AnomalySensitivity {
  /** Follows from the glob */
  readonly id: string;
  readonly metric: string;
  /** From 0, hardly ever, to 1, at the least doubt; 0.5 as configured */
  readonly sensitivity: number;
  readonly by: string;
  readonly comment: string;
  readonly updatedAt: string;
  /** Of this version: a change of it is sent with it as If-Match */
  readonly etag: string;
}

export interface Dashboard {
  readonly id: string;
  readonly title: string;
  readonly updatedBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Every tenant has it, and nobody changes it: a copy can be changed */
  readonly shipped: boolean;
  /** `components`, and whatever else is kept; JSON of at most 262144 bytes */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface DashboardShare {
  readonly id: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** When it was opened last */
  readonly usedAt: string | null;
}

export interface DashboardSummary {
  readonly id: string;
  readonly title: string;
  readonly updatedBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Every tenant has it, and nobody changes it: a copy can be changed */
  readonly shipped: boolean;
}

export interface DeadLetter {
  /** PARTITION:OFFSET */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly error: string;
  readonly message: string;
  readonly worker: string;
  readonly failedAt: string;
  /** The first 65536 bytes */
  readonly key: string | null;
  /** The bytes as received, in base64; the first 65536 */
  readonly value: string | null;
  /** How often it had been replayed when it was refused */
  readonly attempts: number;
  readonly replayedAt: string | null;
}

export interface DecodedValue {
  /** Of the schema registry, as it stands before the value */
  readonly schemaId: number;
  /** Name of the record */
  readonly schema: string | null;
  /** The value as JSON, its first 65536 characters; bytes in base64 */
  readonly json: string | null;
  /** Whether json is all of the value */
  readonly complete: boolean;
  /** Why it could not be decoded */
  readonly problem: string | null;
}

export interface Event {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly subjectId: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>;
}

export interface ExpectedBand {
  /** That of the answer, and ten seconds at least */
  readonly resolutionMs: number;
  /** Of the metric, from 0 to 1: what is set for it, or what was asked for; 0.5 as configured */
  readonly sensitivity: number;
  /** That the series are scored with, from 0.2 to 5, with what is configured and set for the tenant */
  readonly detectorSensitivity: number;
  readonly series: readonly {
    readonly tags: Readonly<Record<string, string>>;
    /** Those that have windows */
    readonly steps: readonly {
      /** Its begin in ms since the epoch */
      readonly time: number;
      readonly expected: number;
      readonly lower: number;
      readonly upper: number;
    }[];
    /** In the range, of ten seconds, without the first ones of a series */
    readonly windows: number;
    /** Windows with a mean outside the band */
    readonly outside: number;
    /** Windows that are reported at this sensitivity */
    readonly anomalies: number;
  }[];
}

export interface ExpectedSeries {
  readonly metric?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly state: 'in force' | 'expired' | 'revoked' | 'forged';
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

export interface Metric {
  readonly metric: string;
  readonly series: number;
  /** The hour of its last point in the range */
  readonly lastSeen: string;
}

export interface MetricOverTime {
  readonly metric: string;
  readonly aggregation: string;
  /** What was read: points, windows of ten seconds, or roll-ups */
  readonly source: 'raw' | 'windows' | '1m' | '1h' | '1d';
  /** 0 for points as they came */
  readonly resolutionMs: number;
  readonly from: string;
  readonly to: string;
  readonly series: readonly SeriesOverTime[];
  /** Of the metric in the range, with what was expected */
  readonly anomalies: readonly Anomaly[];
  /** What was expected, and between what nearly all values lie */
  readonly band?: ExpectedBand;
}

export interface Mistake {
  readonly line: number | null;
  readonly column: number | null;
  readonly key: string;
  readonly message: string;
}

export interface NewDashboardShare {
  readonly id: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** When it was opened last */
  readonly usedAt: string | null;
  /** In the first answer alone */
  readonly token: string | null;
  /** The link, without the address of this server. In the first answer alone */
  readonly path: string | null;
}

export interface OpenedDeadLetter {
  /** PARTITION:OFFSET */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly error: string;
  readonly message: string;
  readonly worker: string;
  readonly failedAt: string;
  /** The first 65536 bytes */
  readonly key: string | null;
  /** The bytes as received, in base64; the first 65536 */
  readonly value: string | null;
  /** How often it had been replayed when it was refused */
  readonly attempts: number;
  readonly replayedAt: string | null;
  /** Bytes of the whole value */
  readonly length: number | null;
  /** Those that it came with, 64 at most */
  readonly headers: readonly RecordHeader[];
  /** Null for a value that is not in Confluent's wire format: 0, an id of four bytes, Avro */
  readonly decoded: DecodedValue | null;
}

export interface RecordHeader {
  readonly name: string;
  /** The first 1024 bytes */
  readonly value: string;
}

export interface Rule {
  readonly name: string;
  /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
  readonly record?: string;
  readonly on?: 'window' | 'anomaly';
  readonly window?: string;
  /** A glob */
  readonly metric?: string;
  /** Several metrics, evaluated together, by the names that expr has for them */
  readonly metrics?: Readonly<Record<string, string | {
    readonly metric: string;
    readonly default?: number;
  }>>;
  /** CEL */
  readonly expr?: string;
  /** Of anomalies, what found them; anomaly_detector is any */
  readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
  /** The score of an anomaly from which it alerts */
  readonly threshold?: number;
  /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
  readonly sensitivity?: 'low' | 'medium' | 'high' | number;
  readonly values?: Readonly<Record<string, string>>;
  /** How long it holds before the alert fires */
  readonly for?: string;
  /** How long the alert goes on when it no longer holds */
  readonly keepFiringFor?: string;
  /** How long without windows is no data */
  readonly staleAfter?: string;
  /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
  readonly flapping?: boolean | {
    readonly high?: number;
    readonly low?: number;
  };
  readonly noData?: 'resolve' | 'keep' | 'alert';
  /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
  readonly expected?: readonly ExpectedSeries[];
  readonly severity?: 'info' | 'warning' | 'critical';
  readonly groupBy?: 'series' | readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** False keeps the rule without applying it */
  readonly enabled: boolean;
  readonly updatedAt: string;
}

export interface RuleSummary {
  readonly name: string;
  readonly on: string;
  readonly severity: string;
  readonly expr: string;
  /** The metric of a recording rule, whose severity says nothing; null for an alert rule */
  readonly record: string | null;
}

export interface RuleTest {
  readonly name: string;
  readonly problems: readonly string[];
}

export interface Series {
  readonly tags: Readonly<Record<string, string>>;
  readonly lastSeen: string;
}

export interface SeriesOverTime {
  readonly tags: Readonly<Record<string, string>>;
  /** Over the whole range, where the top was asked for */
  readonly total?: number | null;
  /** null where a step has no points */
  readonly points: readonly (readonly [number | null, number | null])[];
  /** Of the period before, at the times of this one */
  readonly previous?: readonly (readonly [number | null, number | null])[];
}

export interface Silence {
  readonly id: string;
  /** Null: of all tenants */
  readonly tenantId: string | null;
  readonly matchers: readonly string[];
  readonly startsAt: string;
  readonly endsAt: string;
  /** When it was made, or last changed */
  readonly createdAt: string;
  /** Who made it, or last changed it */
  readonly by: string;
  readonly comment: string;
  /** Of this version: a change of it is sent with it as If-Match */
  readonly etag: string;
  /** False for one that starts later */
  readonly active: boolean;
}

export interface SilencePreview {
  readonly startsAt: string;
  readonly endsAt: string;
  /** Alerts of this moment that it would hide */
  readonly hidden: readonly Alert[];
  readonly count: number;
  /** False where there are more alerts than were looked at or shown */
  readonly complete: boolean;
}

export interface Tenant {
  readonly id: string;
  /** It is set up in TENANTS_FILE, and changed there alone */
  readonly readOnly: boolean;
  /** Why its record sets nothing */
  readonly problem: string | null;
  /** What is set for the tenant, with the keys of TENANTS_FILE; what is not there is as elsewhere */
  readonly profile: Readonly<Record<string, unknown>>;
}

export interface User {
  readonly id: string;
  readonly name: string;
  /** By tenant; `*` is all */
  readonly roles: Readonly<Record<string, 'admin' | 'operator' | 'viewer'>>;
  readonly secondFactor: boolean;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

export interface Operations {
  /** Metrics that had points in a range, by name */
  'GET /metrics': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** name=value, which a series of the metric has; several have all to hold */
      readonly tag?: readonly string[];
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Metric[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Metrics that had points in a range, by name */
  'GET /metrics/{tenantId}': {
    path: {
      readonly tenantId: string;
    };
    query: {
      /** name=value, which a series of the metric has; several have all to hold */
      readonly tag?: readonly string[];
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Metric[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** The series of a metric over time, with its anomalies */
  'GET /metrics/query': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly metric: string;
      /** name=value; several have all to hold */
      readonly tag?: readonly string[];
      /** Length of a step; chosen by the range by default */
      readonly resolution?: string;
      /** Chosen by the resolution by default */
      readonly source?: 'raw' | 'windows' | '1m' | '1h' | '1d';
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** The tags are all the tags of the one series that is meant */
      readonly exact?: boolean;
      /** Of the points of a step */
      readonly aggregation?: 'avg' | 'min' | 'max' | 'sum' | 'count' | 'increase' | 'rate' | 'p50' | 'p90' | 'p95' | 'p99';
      /** With what was expected, as the anomaly worker computes it for the mean of each window of ten seconds. It is learnt from two days before the range, for at most 5 series */
      readonly band?: boolean;
      /** With a band: as if this were set for the metric (see anomalies/sensitivities), to see what it would change */
      readonly sensitivity?: number;
    };
    body: undefined;
    answer: MetricOverTime;
  };
  /** A metric over time, its series grouped by tags */
  'GET /metrics/aggregated': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly metric: string;
      /** name=value; several have all to hold */
      readonly tag?: readonly string[];
      /** Length of a step; chosen by the range by default */
      readonly resolution?: string;
      /** Chosen by the resolution by default */
      readonly source?: 'raw' | 'windows' | '1m' | '1h' | '1d';
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Tags to group by; none makes one group */
      readonly by?: readonly string[];
      /** Of all points of a group in a step */
      readonly aggregation?: 'avg' | 'min' | 'max' | 'sum' | 'count' | 'increase' | 'rate' | 'p50' | 'p90' | 'p95' | 'p99';
      /** Only the groups that are highest over the range */
      readonly top?: number;
      /** How far back an earlier period lies that comes with it */
      readonly compare?: string;
    };
    body: undefined;
    answer: MetricOverTime;
  };
  /** The series of a metric that had points in a range */
  'GET /metrics/series': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly metric: string;
      /** name=value; several have all to hold */
      readonly tag?: readonly string[];
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
    };
    body: undefined;
    answer: {
      readonly series: readonly Series[];
    };
  };
  /** Search events, newest first */
  'GET /events': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly type?: string;
      /** The user whom they are about */
      readonly subject?: string;
      /** A JSON object: events that have all of these attributes */
      readonly attributes?: string;
      /** In type, subject or attributes, whatever the case; looks at each event of the range */
      readonly text?: string;
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Event[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Anomalies with their explanation, newest first */
  'GET /anomalies': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly metric?: string;
      /** This one only */
      readonly severity?: 'info' | 'warning' | 'critical';
      /** Only those of series that are muted now, or only the others */
      readonly muted?: boolean;
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Anomaly[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** An anomaly, of whatever time it is */
  'GET /anomalies/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: Anomaly;
  };
  /** Series whose anomalies are muted, oldest first */
  'GET /anomalies/mutes': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly AnomalyMute[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Mute anomalies of some series of the tenant for a while */
  'POST /anomalies/mutes': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** A glob */
      readonly metric: string;
      /** Series with all of these; without any those of all tags */
      readonly tags?: Readonly<Record<string, string>>;
      readonly endsAt?: string;
      /** In place of endsAt: how long it lasts */
      readonly for?: string;
      readonly comment?: string;
      /** Needed where it is about all series, as metric * is */
      readonly all?: boolean;
    };
    answer: AnomalyMute;
  };
  /** End a mute of anomalies */
  'DELETE /anomalies/mutes/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** How readily anomalies of metrics are reported, the most specific glob first */
  'GET /anomalies/sensitivities': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Only those that fit this name: the first of them holds for it */
      readonly metric?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly AnomalySensitivity[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** One sensitivity; its ETag is what a change is sent with as If-Match */
  'GET /anomalies/sensitivities/{id}': {
    path: {
      /** Follows from the glob */
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: AnomalySensitivity;
  };
  /** Set how readily anomalies of metrics are reported, for a glob that has none */
  'POST /anomalies/sensitivities': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** A glob */
      readonly metric: string;
      /** From 0, hardly ever, to 1, at the least doubt; 0.5 as configured */
      readonly sensitivity: number;
      readonly comment?: string;
    };
    answer: AnomalySensitivity;
  };
  /** Change a sensitivity, if it is still of the version that was read (If-Match) */
  'PUT /anomalies/sensitivities/{id}': {
    path: {
      /** Follows from the glob */
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** From 0, hardly ever, to 1, at the least doubt; 0.5 as configured */
      readonly sensitivity: number;
      readonly comment?: string;
    };
    answer: AnomalySensitivity;
  };
  /** Remove a sensitivity, if it is still of the version that was read (If-Match) */
  'DELETE /anomalies/sensitivities/{id}': {
    path: {
      /** Follows from the glob */
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Windows compared with the stored points */
  'GET /quality': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
    };
    body: undefined;
    answer: {
      readonly from: string;
      readonly to: string;
      /** How long the steps are, of which there are some hundred */
      readonly stepMs: number;
      readonly windows: readonly ({
        /** Name of the definition */
        readonly window: string;
        /** That the stream has written */
        readonly windows: number;
        /** Those whose figures equal the stored points, late ones left out */
        readonly equal: number;
        /** Once for each window that they belong to */
        readonly storedPoints: number;
        readonly countedPoints: number;
        readonly latePoints: number;
        /** Share of stored points that are counted or reported as late; the target is 0.9995 */
        readonly completeness: number;
        /** Share of windows that are right; the target is 0.999 */
        readonly accuracy: number;
        /** Windows that differ, by cause */
        readonly differing: {
          readonly late: number;
          readonly refused: number;
          readonly missing: number;
          readonly duplicated: number;
          readonly wrong: number;
        };
        /** From the watermark to the window; the target is 100 ms */
        readonly delayMs: {
          readonly p50: number | null;
          readonly p99: number | null;
        };
        /** That are not whole, newest first, at most 100 */
        readonly slots: readonly {
          readonly start: string;
          readonly comparedAt: string;
          /** That the stream has written */
          readonly windows: number;
          /** Those whose figures equal the stored points, late ones left out */
          readonly equal: number;
          /** Once for each window that they belong to */
          readonly storedPoints: number;
          readonly countedPoints: number;
          readonly latePoints: number;
          /** Share of stored points that are counted or reported as late; the target is 0.9995 */
          readonly completeness: number;
          /** Share of windows that are right; the target is 0.999 */
          readonly accuracy: number;
          /** Windows that differ, by cause */
          readonly differing: {
            readonly late: number;
            readonly refused: number;
            readonly missing: number;
            readonly duplicated: number;
            readonly wrong: number;
          };
        }[];
        /** In order of time; of one that is not there nothing was compared yet */
        readonly steps: readonly ({
          readonly start: string;
          /** That were compared */
          readonly slots: number;
          /** That the stream has written */
          readonly windows: number;
          /** Those whose figures equal the stored points, late ones left out */
          readonly equal: number;
          /** Once for each window that they belong to */
          readonly storedPoints: number;
          readonly countedPoints: number;
          readonly latePoints: number;
          /** Share of stored points that are counted or reported as late; the target is 0.9995 */
          readonly completeness: number;
          /** Share of windows that are right; the target is 0.999 */
          readonly accuracy: number;
          /** From the watermark to the window; the target is 100 ms */
          readonly delayMs: {
            readonly p50: number | null;
            readonly p99: number | null;
          };
        })[];
      })[];
    };
  };
  /** Windows that differ from their stored points, and why; newest first */
  'GET /quality/windows': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Name of the definition */
      readonly window: string;
      /** Of one slot, as quality names it, in place of a range: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly start?: string;
      readonly cause?: 'late' | 'refused' | 'missing' | 'duplicated' | 'wrong';
      readonly metric?: string;
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly window: string;
      readonly from: string;
      readonly to: string;
      /** That were compared, of which the figures are; of others nothing is known */
      readonly slots: number;
      /** That the stream has written */
      readonly windows: number;
      /** Those whose figures equal the stored points, late ones left out */
      readonly equal: number;
      /** Once for each window that they belong to */
      readonly storedPoints: number;
      readonly countedPoints: number;
      readonly latePoints: number;
      /** Share of stored points that are counted or reported as late; the target is 0.9995 */
      readonly completeness: number;
      /** Share of windows that are right; the target is 0.999 */
      readonly accuracy: number;
      /** Windows that differ, by cause */
      readonly differing: {
        readonly late: number;
        readonly refused: number;
        readonly missing: number;
        readonly duplicated: number;
        readonly wrong: number;
      };
      /** From the watermark to the window; the target is 100 ms */
      readonly delayMs: {
        readonly p50: number | null;
        readonly p99: number | null;
      };
      readonly items: readonly ({
        readonly start: string;
        readonly metric: string;
        readonly tags: Readonly<Record<string, string>>;
        /** Exclusive; null for points that are in no session */
        readonly end: string | null;
        /** late: it lacks points that late reports; missing: points that were not late, or there is no window; duplicated: it counts more than are stored; wrong: another figure differs; refused: it has no room for its members */
        readonly cause: 'late' | 'refused' | 'missing' | 'duplicated' | 'wrong';
        /** The difference in words */
        readonly detail: string;
        readonly storedPoints: number;
        readonly countedPoints: number;
        readonly latePoints: number;
        /** Of all stored points; null without any */
        readonly stored: {
          readonly count: number;
          readonly sum: number;
          readonly min: number;
          readonly max: number;
          readonly mean: number;
          readonly stddev: number;
          readonly first: number;
          readonly last: number;
          readonly increase: number | null;
          readonly distinct: number | null;
        } | null;
        /** Of those that were in time, which the window should have */
        readonly expected: {
          readonly count: number;
          readonly sum: number;
          readonly min: number;
          readonly max: number;
          readonly mean: number;
          readonly stddev: number;
          readonly first: number;
          readonly last: number;
          readonly increase: number | null;
          readonly distinct: number | null;
        } | null;
        /** Late points that came too late themselves, and those that a hold of the watermark let be late */
        readonly lateCauses: {
          readonly arrival: number;
          readonly hold: number;
        };
        /** As the stream has written it; null where it has not */
        readonly stream: {
          readonly count: number;
          readonly sum: number;
          readonly min: number;
          readonly max: number;
          readonly mean: number;
          readonly stddev: number;
          readonly first: number;
          readonly last: number;
          readonly increase: number | null;
          readonly distinct: number | null;
        } | null;
      })[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** A window of a slot that was compared, with its stored points and which of them were late */
  'GET /quality/records': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Name of the definition */
      readonly window: string;
      /** Of the window: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly start: string;
      readonly metric: string;
      /** name=value: all the tags of the window */
      readonly tag?: readonly string[];
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly window: string;
      readonly start: string;
      readonly end: string;
      readonly metric: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly comparedAt: string;
      /** Null where it is right; of very many that differ in a slot only some are known */
      readonly difference: {
        /** late: it lacks points that late reports; missing: points that were not late, or there is no window; duplicated: it counts more than are stored; wrong: another figure differs; refused: it has no room for its members */
        readonly cause: 'late' | 'refused' | 'missing' | 'duplicated' | 'wrong';
        /** The difference in words */
        readonly detail: string;
        readonly storedPoints: number;
        readonly countedPoints: number;
        readonly latePoints: number;
        /** Of all stored points; null without any */
        readonly stored: {
          readonly count: number;
          readonly sum: number;
          readonly min: number;
          readonly max: number;
          readonly mean: number;
          readonly stddev: number;
          readonly first: number;
          readonly last: number;
          readonly increase: number | null;
          readonly distinct: number | null;
        } | null;
        /** Of those that were in time, which the window should have */
        readonly expected: {
          readonly count: number;
          readonly sum: number;
          readonly min: number;
          readonly max: number;
          readonly mean: number;
          readonly stddev: number;
          readonly first: number;
          readonly last: number;
          readonly increase: number | null;
          readonly distinct: number | null;
        } | null;
      } | null;
      /** As the stream has written it; null where it has not */
      readonly stream: {
        readonly count: number;
        readonly sum: number;
        readonly min: number;
        readonly max: number;
        readonly mean: number;
        readonly stddev: number;
        readonly first: number;
        readonly last: number;
        readonly increase: number | null;
        readonly distinct: number | null;
        readonly watermark: string;
        readonly emittedAt: string;
      } | null;
      readonly items: readonly ({
        readonly time: string;
        readonly value: number;
        readonly tags: Readonly<Record<string, string>>;
        readonly id: string;
        readonly kind: string;
        /** What late says of a point that missed this window */
        readonly late: {
          readonly cause: string;
          readonly latenessMs: number;
          readonly watermark: string;
        } | null;
      })[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Topics, the workers between them, their lags in records and seconds, and the watermark */
  'GET /pipeline': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: {
      readonly sampledAt: string;
      /** Rates are those of so long; null where there is one sample only */
      readonly rateSeconds: number | null;
      readonly health: 'ok' | 'unused' | 'unknown' | 'rebalancing' | 'behind' | 'stalled' | 'down';
      readonly topics: readonly ({
        readonly topic: string;
        /** 0 of a topic that is not there yet */
        readonly partitions: number;
        /** Records, those included that end transactions */
        readonly writtenPerSecond: number | null;
        /** Workers */
        readonly writtenBy: readonly string[];
        /** Workers */
        readonly readBy: readonly string[];
      })[];
      readonly workers: readonly ({
        readonly worker: string;
        /** Topics */
        readonly reads: readonly string[];
        /** Topics */
        readonly writes: readonly string[];
        /** Of consumers; none where every instance reads all */
        readonly groups: readonly ({
          readonly group: string;
          readonly state: 'running' | 'rebalancing' | 'stopped' | 'absent';
          /** Instances of the worker */
          readonly members: number;
          /** Still to be read; where nothing is committed, from the beginning of the log */
          readonly lagRecords: number | null;
          /** For how long the oldest of them has been there: 2 % or half a second more at most; 0 where there is none */
          readonly lagSeconds: number | null;
          readonly health: 'ok' | 'unused' | 'unknown' | 'rebalancing' | 'behind' | 'stalled' | 'down';
          readonly inputs: readonly ({
            readonly topic: string;
            /** Still to be read; where nothing is committed, from the beginning of the log */
            readonly lagRecords: number | null;
            /** For how long the oldest of them has been there: 2 % or half a second more at most; 0 where there is none */
            readonly lagSeconds: number | null;
            /** Null until two samples are there */
            readonly readPerSecond: number | null;
            readonly partitions: readonly ({
              readonly partition: number;
              /** The first that is yet to be processed; null where nothing is committed */
              readonly nextOffset: number | null;
              readonly endOffset: number;
              /** Still to be read; where nothing is committed, from the beginning of the log */
              readonly lagRecords: number | null;
              /** For how long the oldest of them has been there: 2 % or half a second more at most; 0 where there is none */
              readonly lagSeconds: number | null;
            })[];
          })[];
        })[];
        readonly health: 'ok' | 'unused' | 'unknown' | 'rebalancing' | 'behind' | 'stalled' | 'down';
      })[];
      /** Time of the stream, as windowing committed it last */
      readonly watermark: {
        /** The watermark of a window definition is this less its grace */
        readonly streamTime: string | null;
        /** Now less that time; null where nothing is open */
        readonly delaySeconds: number | null;
        /** The input partition, of a worker, that the time waits for; stage and topic are empty for those who write to metrics themselves */
        readonly holder: {
          readonly stage: string;
          readonly topic: string;
          readonly partition: number;
        } | null;
        /** Of metrics, the one that is farthest behind */
        readonly partition: number | null;
        readonly partitions: readonly ({
          readonly partition: number;
          /** All is processed, and no window open */
          readonly idle: boolean;
          /** The watermark of a window definition is this less its grace */
          readonly streamTime: string | null;
          /** Now less that time; null where nothing is open */
          readonly delaySeconds: number | null;
          /** The input partition, of a worker, that the time waits for; stage and topic are empty for those who write to metrics themselves */
          readonly holder: {
            readonly stage: string;
            readonly topic: string;
            readonly partition: number;
          } | null;
        })[];
      };
    };
  };
  /** Where points are sent to */
  'GET /setup': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: {
      /** Where points and events are sent to (TACTUS_API_GATEWAY_URL); null where it is not set */
      readonly gatewayUrl: string | null;
    };
  };
  /** Log in with a password */
  'POST /auth/login': {
    path: undefined;
    query: undefined;
    body: {
      readonly username: string;
      readonly password: string;
      readonly code?: string;
      /** For browsers: the refresh token in the cookie alone */
      readonly cookie?: boolean;
    };
    answer: {
      /** A JWT, for `Authorization: Bearer` */
      readonly access_token: string;
      readonly token_type: 'Bearer';
      /** Seconds */
      readonly expires_in: number;
      /** Good once */
      readonly refresh_token?: string;
      readonly user: User;
    };
  };
  /** Log in by a link */
  'POST /auth/link': {
    path: undefined;
    query: undefined;
    body: {
      readonly link: string;
      readonly code?: string;
      /** For browsers: the refresh token in the cookie alone */
      readonly cookie?: boolean;
    };
    answer: {
      /** A JWT, for `Authorization: Bearer` */
      readonly access_token: string;
      readonly token_type: 'Bearer';
      /** Seconds */
      readonly expires_in: number;
      /** Good once */
      readonly refresh_token?: string;
      readonly user: User;
    };
  };
  /** Get new tokens for a refresh token */
  'POST /auth/refresh': {
    path: undefined;
    query: undefined;
    body: null | {
      /** Good once */
      readonly refresh_token?: string;
    };
    answer: {
      /** A JWT, for `Authorization: Bearer` */
      readonly access_token: string;
      readonly token_type: 'Bearer';
      /** Seconds */
      readonly expires_in: number;
      /** Good once */
      readonly refresh_token?: string;
      readonly user: User;
    };
  };
  /** End a login */
  'POST /auth/logout': {
    path: undefined;
    query: undefined;
    body: null | {
      /** Good once */
      readonly refresh_token?: string;
    };
    answer: null;
  };
  /** Who is logged in */
  'GET /auth/me': {
    path: undefined;
    query: undefined;
    body: undefined;
    answer: User;
  };
  /** Change the own password; other logins end */
  'POST /auth/password': {
    path: undefined;
    query: undefined;
    body: {
      readonly password: string;
      readonly newPassword: string;
    };
    answer: null;
  };
  /** Prepare a second factor, which a first code turns on */
  'POST /auth/totp': {
    path: undefined;
    query: undefined;
    body: {
      readonly password: string;
    };
    answer: {
      /** Base32 */
      readonly secret: string;
      /** otpauth:, for a QR code */
      readonly uri: string;
    };
  };
  /** Turn the second factor on; other logins end */
  'POST /auth/totp/confirm': {
    path: undefined;
    query: undefined;
    body: {
      readonly code: string;
    };
    answer: {
      /** Each good once in place of a code; not shown again */
      readonly recovery_codes: readonly string[];
    };
  };
  /** Turn the second factor off; other logins end */
  'POST /auth/totp/remove': {
    path: undefined;
    query: undefined;
    body: {
      readonly password: string;
      readonly code: string;
    };
    answer: null;
  };
  /** Users with a role in a tenant, by name */
  'GET /users': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly User[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Add a user with a role in a tenant */
  'POST /users': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly name: string;
      readonly password: string;
      readonly role: 'admin' | 'operator' | 'viewer';
    };
    answer: User;
  };
  /** A user of a tenant */
  'GET /users/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: User;
  };
  /** Change the role of a user of a tenant */
  'PUT /users/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly role: 'admin' | 'operator' | 'viewer';
    };
    answer: User;
  };
  /** Take the role in a tenant; who has no other one is removed */
  'DELETE /users/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Set the password of a user; all their logins end */
  'PUT /users/{id}/password': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly password: string;
    };
    answer: null;
  };
  /** Turn the second factor of a user off */
  'DELETE /users/{id}/totp': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** End all logins of a user */
  'DELETE /users/{id}/sessions': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Alerts and their states, newest first */
  'GET /alerts': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      readonly state?: 'pending' | 'firing' | 'resolved';
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly rule?: string;
      /** Such as host=web-1; all given have to be there */
      readonly label?: readonly string[];
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Alert[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** An alert by its fingerprint, with the times that it went up, newest first; or a rule by its name */
  'GET /alerts/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: AlertWithTimes | Rule;
  };
  /** Acknowledge an alert: it is neither repeated nor escalated until it is resolved */
  'POST /alerts/{fingerprint}/ack': {
    path: {
      readonly fingerprint: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** What is being done */
      readonly comment?: string;
    } | null;
    answer: Acknowledgement;
  };
  /** Which channels were notified of an alert, failed or were suppressed, newest first */
  'GET /alerts/{fingerprint}/notifications': {
    path: {
      readonly fingerprint: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly AlertNotification[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Silences in force and those that start later, oldest first */
  'GET /silences': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Silence[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** One silence */
  'GET /silences/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: Silence;
  };
  /** Suppress notifications of alerts of the tenant for a while */
  'POST /silences': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** Alerts that all of these fit, in the notation of Alertmanager */
      readonly matchers: readonly string[];
      /** Now, where it is past */
      readonly startsAt?: string;
      readonly endsAt?: string;
      /** In place of endsAt: how long it lasts */
      readonly for?: string;
      readonly comment?: string;
      /** Needed where the matchers select about all alerts, as host=~".*" does */
      readonly all?: boolean;
    };
    answer: Silence;
  };
  /** Change a silence whose time is not over, if it is still of the version that was read (If-Match) */
  'PUT /silences/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** Alerts that all of these fit, in the notation of Alertmanager */
      readonly matchers: readonly string[];
      /** Now, where it is past */
      readonly startsAt?: string;
      readonly endsAt?: string;
      /** In place of endsAt: how long it lasts */
      readonly for?: string;
      readonly comment?: string;
      /** Needed where the matchers select about all alerts, as host=~".*" does */
      readonly all?: boolean;
    };
    answer: Silence;
  };
  /** Which alerts of this moment a silence would hide; changes nothing */
  'POST /silences/preview': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** Alerts that all of these fit, in the notation of Alertmanager */
      readonly matchers: readonly string[];
      /** Now, where it is past */
      readonly startsAt?: string;
      readonly endsAt?: string;
      /** In place of endsAt: how long it lasts */
      readonly for?: string;
      readonly comment?: string;
      /** Needed where the matchers select about all alerts, as host=~".*" does */
      readonly all?: boolean;
    };
    answer: SilencePreview;
  };
  /** End a silence, or take back one that starts later */
  'DELETE /silences/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** The rules that the tenant has made for itself, and all others that are about it, by name */
  'GET /rules': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** api: the tenant has made it, and can change it; control: a record of control.rules for this tenant too; file: of RULES_FILE, or shipped */
      readonly origin?: 'api' | 'control' | 'file';
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly ({
        readonly name: string;
        /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
        readonly record?: string;
        readonly on?: 'window' | 'anomaly';
        readonly window?: string;
        /** A glob */
        readonly metric?: string;
        /** Several metrics, evaluated together, by the names that expr has for them */
        readonly metrics?: Readonly<Record<string, string | {
          readonly metric: string;
          readonly default?: number;
        }>>;
        /** CEL */
        readonly expr?: string;
        /** Of anomalies, what found them; anomaly_detector is any */
        readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
        /** The score of an anomaly from which it alerts */
        readonly threshold?: number;
        /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
        readonly sensitivity?: 'low' | 'medium' | 'high' | number;
        readonly values?: Readonly<Record<string, string>>;
        /** How long it holds before the alert fires */
        readonly for?: string;
        /** How long the alert goes on when it no longer holds */
        readonly keepFiringFor?: string;
        /** How long without windows is no data */
        readonly staleAfter?: string;
        /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
        readonly flapping?: boolean | {
          readonly high?: number;
          readonly low?: number;
        };
        readonly noData?: 'resolve' | 'keep' | 'alert';
        /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
        readonly expected?: readonly ExpectedSeries[];
        readonly severity?: 'info' | 'warning' | 'critical';
        readonly groupBy?: 'series' | readonly string[];
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        /** False keeps the rule without applying it */
        readonly enabled: boolean;
        /** Null for one of a file */
        readonly updatedAt: string | null;
        /** api: the tenant has made it, and can change it; control: a record of control.rules for this tenant too; file: of RULES_FILE, or shipped */
        readonly origin: 'api' | 'control' | 'file';
        /** The worst of its alerts; off: it is not applied */
        readonly state: 'firing' | 'pending' | 'inactive' | 'off';
        /** Alerts that fire */
        readonly firing: number;
        /** Alerts that wait for the time of `for` */
        readonly pending: number;
        /** End of the last window of the last day that a recording rule has given a value for */
        readonly recordedAt: string | null;
        /** Why it cannot be evaluated; null where it can */
        readonly problem: string | null;
      })[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** One rule by its name; of several of that name the one that the tenant has made */
  'GET /rules/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** api: the tenant has made it, and can change it; control: a record of control.rules for this tenant too; file: of RULES_FILE, or shipped */
      readonly origin?: 'api' | 'control' | 'file';
    };
    body: undefined;
    answer: {
      readonly name: string;
      /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
      readonly record?: string;
      readonly on?: 'window' | 'anomaly';
      readonly window?: string;
      /** A glob */
      readonly metric?: string;
      /** Several metrics, evaluated together, by the names that expr has for them */
      readonly metrics?: Readonly<Record<string, string | {
        readonly metric: string;
        readonly default?: number;
      }>>;
      /** CEL */
      readonly expr?: string;
      /** Of anomalies, what found them; anomaly_detector is any */
      readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
      /** The score of an anomaly from which it alerts */
      readonly threshold?: number;
      /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
      readonly sensitivity?: 'low' | 'medium' | 'high' | number;
      readonly values?: Readonly<Record<string, string>>;
      /** How long it holds before the alert fires */
      readonly for?: string;
      /** How long the alert goes on when it no longer holds */
      readonly keepFiringFor?: string;
      /** How long without windows is no data */
      readonly staleAfter?: string;
      /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
      readonly flapping?: boolean | {
        readonly high?: number;
        readonly low?: number;
      };
      readonly noData?: 'resolve' | 'keep' | 'alert';
      /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
      readonly expected?: readonly ExpectedSeries[];
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly groupBy?: 'series' | readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      /** False keeps the rule without applying it */
      readonly enabled: boolean;
      /** Null for one of a file */
      readonly updatedAt: string | null;
      /** api: the tenant has made it, and can change it; control: a record of control.rules for this tenant too; file: of RULES_FILE, or shipped */
      readonly origin: 'api' | 'control' | 'file';
      /** The worst of its alerts; off: it is not applied */
      readonly state: 'firing' | 'pending' | 'inactive' | 'off';
      /** Alerts that fire */
      readonly firing: number;
      /** Alerts that wait for the time of `for` */
      readonly pending: number;
      /** End of the last window of the last day that a recording rule has given a value for */
      readonly recordedAt: string | null;
      /** Why it cannot be evaluated; null where it can */
      readonly problem: string | null;
    };
  };
  /** Make an alert or recording rule for the tenant's own series */
  'POST /rules': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly name: string;
      /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
      readonly record?: string;
      readonly on?: 'window' | 'anomaly';
      readonly window?: string;
      /** A glob */
      readonly metric?: string;
      /** Several metrics, evaluated together, by the names that expr has for them */
      readonly metrics?: Readonly<Record<string, string | {
        readonly metric: string;
        readonly default?: number;
      }>>;
      /** CEL */
      readonly expr?: string;
      /** Of anomalies, what found them; anomaly_detector is any */
      readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
      /** The score of an anomaly from which it alerts */
      readonly threshold?: number;
      /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
      readonly sensitivity?: 'low' | 'medium' | 'high' | number;
      readonly values?: Readonly<Record<string, string>>;
      /** How long it holds before the alert fires */
      readonly for?: string;
      /** How long the alert goes on when it no longer holds */
      readonly keepFiringFor?: string;
      /** How long without windows is no data */
      readonly staleAfter?: string;
      /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
      readonly flapping?: boolean | {
        readonly high?: number;
        readonly low?: number;
      };
      readonly noData?: 'resolve' | 'keep' | 'alert';
      /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
      readonly expected?: readonly {
        readonly metric?: string;
        readonly tags?: Readonly<Record<string, string>>;
      }[];
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly groupBy?: 'series' | readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      /** False keeps the rule without applying it */
      readonly enabled?: boolean;
    };
    answer: Rule;
  };
  /** Make a rule, or put it in the place of the one of that name */
  'PUT /rules/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
      readonly record?: string;
      readonly on?: 'window' | 'anomaly';
      readonly window?: string;
      /** A glob */
      readonly metric?: string;
      /** Several metrics, evaluated together, by the names that expr has for them */
      readonly metrics?: Readonly<Record<string, string | {
        readonly metric: string;
        readonly default?: number;
      }>>;
      /** CEL */
      readonly expr?: string;
      /** Of anomalies, what found them; anomaly_detector is any */
      readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
      /** The score of an anomaly from which it alerts */
      readonly threshold?: number;
      /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
      readonly sensitivity?: 'low' | 'medium' | 'high' | number;
      readonly values?: Readonly<Record<string, string>>;
      /** How long it holds before the alert fires */
      readonly for?: string;
      /** How long the alert goes on when it no longer holds */
      readonly keepFiringFor?: string;
      /** How long without windows is no data */
      readonly staleAfter?: string;
      /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
      readonly flapping?: boolean | {
        readonly high?: number;
        readonly low?: number;
      };
      readonly noData?: 'resolve' | 'keep' | 'alert';
      /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
      readonly expected?: readonly {
        readonly metric?: string;
        readonly tags?: Readonly<Record<string, string>>;
      }[];
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly groupBy?: 'series' | readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      /** False keeps the rule without applying it */
      readonly enabled?: boolean;
    };
    answer: Rule;
  };
  /** Remove a rule; its alerts are resolved */
  'DELETE /rules/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Make an alert or recording rule for the tenant's own series */
  'POST /alerts': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly name: string;
      /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
      readonly record?: string;
      readonly on?: 'window' | 'anomaly';
      readonly window?: string;
      /** A glob */
      readonly metric?: string;
      /** Several metrics, evaluated together, by the names that expr has for them */
      readonly metrics?: Readonly<Record<string, string | {
        readonly metric: string;
        readonly default?: number;
      }>>;
      /** CEL */
      readonly expr?: string;
      /** Of anomalies, what found them; anomaly_detector is any */
      readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
      /** The score of an anomaly from which it alerts */
      readonly threshold?: number;
      /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
      readonly sensitivity?: 'low' | 'medium' | 'high' | number;
      readonly values?: Readonly<Record<string, string>>;
      /** How long it holds before the alert fires */
      readonly for?: string;
      /** How long the alert goes on when it no longer holds */
      readonly keepFiringFor?: string;
      /** How long without windows is no data */
      readonly staleAfter?: string;
      /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
      readonly flapping?: boolean | {
        readonly high?: number;
        readonly low?: number;
      };
      readonly noData?: 'resolve' | 'keep' | 'alert';
      /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
      readonly expected?: readonly {
        readonly metric?: string;
        readonly tags?: Readonly<Record<string, string>>;
      }[];
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly groupBy?: 'series' | readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      /** False keeps the rule without applying it */
      readonly enabled?: boolean;
    };
    answer: Rule;
  };
  /** Make a rule, or put it in the place of the one of that name */
  'PUT /alerts/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags */
      readonly record?: string;
      readonly on?: 'window' | 'anomaly';
      readonly window?: string;
      /** A glob */
      readonly metric?: string;
      /** Several metrics, evaluated together, by the names that expr has for them */
      readonly metrics?: Readonly<Record<string, string | {
        readonly metric: string;
        readonly default?: number;
      }>>;
      /** CEL */
      readonly expr?: string;
      /** Of anomalies, what found them; anomaly_detector is any */
      readonly model?: 'anomaly_detector' | 'baseline' | 'season' | 'shift' | 'seasonal-shift' | 'seasonal-drift' | 'swing' | 'rate' | 'level' | 'threshold' | 'stuck' | 'absence' | 'silence' | 'isolation-forest';
      /** The score of an anomaly from which it alerts */
      readonly threshold?: number;
      /** How readily it takes something for an anomaly; medium or 0.5: as detection does */
      readonly sensitivity?: 'low' | 'medium' | 'high' | number;
      readonly values?: Readonly<Record<string, string>>;
      /** How long it holds before the alert fires */
      readonly for?: string;
      /** How long the alert goes on when it no longer holds */
      readonly keepFiringFor?: string;
      /** How long without windows is no data */
      readonly staleAfter?: string;
      /** Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many */
      readonly flapping?: boolean | {
        readonly high?: number;
        readonly low?: number;
      };
      readonly noData?: 'resolve' | 'keep' | 'alert';
      /** With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one */
      readonly expected?: readonly {
        readonly metric?: string;
        readonly tags?: Readonly<Record<string, string>>;
      }[];
      readonly severity?: 'info' | 'warning' | 'critical';
      readonly groupBy?: 'series' | readonly string[];
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
      /** False keeps the rule without applying it */
      readonly enabled?: boolean;
    };
    answer: Rule;
  };
  /** Remove a rule; its alerts are resolved */
  'DELETE /alerts/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Check a rules file */
  'POST /rules/check': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** A rules file, in YAML or JSON */
      readonly rules: string;
      /** Whether to look for the metrics and tags of rules among the series of the last day */
      readonly seen?: boolean;
    };
    answer: {
      /** What is wrong in the file; nothing was evaluated where there is anything */
      readonly mistakes: readonly Mistake[];
      readonly rules: readonly RuleSummary[];
      /** What is probably a mistake: names of metrics and tags of which nothing was seen; and what could not be checked */
      readonly warnings: readonly string[];
    };
  };
  /** Run the tests of a file against rules */
  'POST /rules/test': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** A rules file, in YAML or JSON */
      readonly rules: string;
      /** A file of tests */
      readonly tests: string;
    };
    answer: {
      /** What is wrong in the file; nothing was evaluated where there is anything */
      readonly mistakes: readonly Mistake[];
      readonly passed: number;
      readonly failed: number;
      readonly tests: readonly RuleTest[];
    };
  };
  /** Which alerts rules would have raised over the tenant's stored windows and anomalies */
  'POST /rules/backtest': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** A rules file, in YAML or JSON */
      readonly rules: string;
      /** Begin, inclusive: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly from?: string;
      /** End, exclusive, now by default: ISO 8601, seconds or milliseconds since the epoch, now, or now-1h */
      readonly to?: string;
    };
    answer: {
      /** What is wrong in the file; nothing was evaluated where there is anything */
      readonly mistakes: readonly Mistake[];
      /** Of history, those that a rule has looked at */
      readonly windows: number;
      /** Of history, those that a rule has looked at */
      readonly anomalies: number;
      readonly fired: number;
      /** How many values recording rules gave */
      readonly recorded: number;
      /** Up to where history was evaluated */
      readonly until: string;
      /** False where it took too long or too much and ended before `to` */
      readonly complete: boolean;
      readonly changes: readonly AlertChange[];
    };
  };
  /** Dashboards by their ids */
  'GET /dashboards': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly DashboardSummary[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Keep a new dashboard */
  'POST /dashboards': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly id?: string;
      readonly title: string;
      readonly spec: {
        readonly components?: readonly ({
          readonly id?: string;
          readonly kind: 'chart' | 'kpi' | 'heatmap' | 'table' | 'alerts' | 'text';
          readonly title: string;
          /** Column, of 12 */
          readonly x: number;
          readonly y: number;
          readonly w: number;
          readonly h: number;
          /** Of all but alerts and text */
          readonly metric?: string;
          readonly tags?: Readonly<Record<string, string>>;
          /** avg without it */
          readonly aggregation?: 'avg' | 'min' | 'max' | 'sum' | 'count' | 'increase' | 'rate' | 'p50' | 'p90' | 'p95' | 'p99';
          /** Tags to group by, as of metrics/aggregated; without it each series, as of metrics/query */
          readonly by?: readonly string[];
          /** Of groups, those that are highest */
          readonly top?: number;
          /** What was expected of each series of a chart */
          readonly band?: boolean;
          /** How far back an earlier period lies, such as 7d */
          readonly compare?: string;
          readonly unit?: string;
          /** Of alerts */
          readonly state?: 'pending' | 'firing' | 'resolved';
          readonly severity?: 'info' | 'warning' | 'critical';
          readonly rule?: string;
          readonly labels?: Readonly<Record<string, string>>;
          /** Of the kind text */
          readonly text?: string;
        })[];
      };
    };
    answer: Dashboard;
  };
  /** One dashboard; its ETag is what a change is sent with as If-Match */
  'GET /dashboards/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: Dashboard;
  };
  /** Replace a dashboard, if it is still of the version that was read (If-Match) */
  'PUT /dashboards/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly title: string;
      readonly spec: {
        readonly components?: readonly ({
          readonly id?: string;
          readonly kind: 'chart' | 'kpi' | 'heatmap' | 'table' | 'alerts' | 'text';
          readonly title: string;
          /** Column, of 12 */
          readonly x: number;
          readonly y: number;
          readonly w: number;
          readonly h: number;
          /** Of all but alerts and text */
          readonly metric?: string;
          readonly tags?: Readonly<Record<string, string>>;
          /** avg without it */
          readonly aggregation?: 'avg' | 'min' | 'max' | 'sum' | 'count' | 'increase' | 'rate' | 'p50' | 'p90' | 'p95' | 'p99';
          /** Tags to group by, as of metrics/aggregated; without it each series, as of metrics/query */
          readonly by?: readonly string[];
          /** Of groups, those that are highest */
          readonly top?: number;
          /** What was expected of each series of a chart */
          readonly band?: boolean;
          /** How far back an earlier period lies, such as 7d */
          readonly compare?: string;
          readonly unit?: string;
          /** Of alerts */
          readonly state?: 'pending' | 'firing' | 'resolved';
          readonly severity?: 'info' | 'warning' | 'critical';
          readonly rule?: string;
          readonly labels?: Readonly<Record<string, string>>;
          /** Of the kind text */
          readonly text?: string;
        })[];
      };
    };
    answer: Dashboard;
  };
  /** Remove a dashboard, if it is still of the version that was read (If-Match) */
  'DELETE /dashboards/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** The links of a dashboard that are in force, oldest first; without what they are opened by */
  'GET /dashboards/{id}/shares': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly DashboardShare[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Make a link by which anybody reads a dashboard; it is shown once */
  'POST /dashboards/{id}/shares': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** How long the link is good, at most 90d; 7d without it */
      readonly for?: string;
      readonly comment?: string;
    };
    answer: NewDashboardShare;
  };
  /** Revoke a link; whoever has opened it reads nothing more */
  'DELETE /dashboards/{id}/shares/{shareId}': {
    path: {
      readonly id: string;
      readonly shareId: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Open a link to a dashboard */
  'POST /auth/share': {
    path: undefined;
    query: undefined;
    body: {
      readonly token: string;
    };
    answer: {
      /** A JWT, for `Authorization: Bearer` */
      readonly access_token: string;
      readonly token_type: 'Bearer';
      /** Seconds */
      readonly expires_in: number;
      readonly tenantId: string;
      readonly dashboardId: string;
      readonly title: string;
      readonly expiresAt: string;
    };
  };
  /** Records of the tenant that were refused, newest first */
  'GET /dead-letters': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** A glob */
      readonly topic?: string;
      readonly error?: string;
      readonly since?: string;
      /** Exclusive */
      readonly until?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly DeadLetter[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
      /** How many there are, from this page on */
      readonly total: number;
      /** False where reading the topic took too long */
      readonly complete: boolean;
    };
  };
  /** A refused record with its headers, decoded by the schema that it was written with */
  'GET /dead-letters/{id}': {
    path: {
      /** PARTITION:OFFSET */
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: OpenedDeadLetter;
  };
  /** Write refused records back to where they came from, once each */
  'POST /dead-letters/replay': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** This one alone */
      readonly id?: string;
      /** A glob */
      readonly topic?: string;
      readonly error?: string;
      readonly since?: string;
      /** Exclusive */
      readonly until?: string;
      /** Only say what would be done */
      readonly dryRun?: boolean;
      /** Also what was replayed before, or may count twice */
      readonly force?: boolean;
      readonly limit?: number;
    };
    answer: {
      readonly replayed: number;
      readonly byTopic: Readonly<Record<string, number>>;
      /** By reason */
      readonly skipped: Readonly<Record<string, number>>;
      /** False where time was up: the same request goes on with the rest */
      readonly complete: boolean;
    };
  };
  /** Tenants that the caller administers, by id */
  'GET /tenants': {
    path: undefined;
    query: {
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Tenant[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** One tenant */
  'GET /tenants/{tenantId}': {
    path: {
      readonly tenantId: string;
    };
    query: undefined;
    body: undefined;
    answer: Tenant;
  };
  /** Set up a tenant: all that was set is replaced. For who administers all tenants */
  'PUT /tenants/{tenantId}': {
    path: {
      readonly tenantId: string;
    };
    query: undefined;
    body: Readonly<Record<string, unknown>>;
    answer: Tenant;
  };
  /** Remove a tenant with its keys, rules, silences and sensitivities; its data stay. For who administers all tenants */
  'DELETE /tenants/{tenantId}': {
    path: {
      readonly tenantId: string;
    };
    query: undefined;
    body: undefined;
    answer: {
      readonly keys: readonly string[];
      readonly rules: readonly string[];
      readonly silences: number;
      readonly sensitivities: number;
      readonly acknowledgements: number;
    };
  };
  /** Keys of the tenant, oldest first */
  'GET /keys': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
      /** Most items of an answer */
      readonly limit?: number;
      /** nextCursor of the answer before; the other parameters stay the same */
      readonly cursor?: string;
    };
    body: undefined;
    answer: {
      readonly items: readonly Key[];
      /** Null behind the last item */
      readonly nextCursor: string | null;
    };
  };
  /** Make a key for the tenant; it is shown once */
  'POST /keys': {
    path: undefined;
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      readonly scopes: readonly ('write:metrics' | 'write:events' | 'read' | 'operate' | 'admin')[];
      readonly name?: string;
      /** How long it is good for; without end by default */
      readonly expires?: string;
    };
    answer: {
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly string[];
      readonly state: 'in force' | 'expired' | 'revoked' | 'forged';
      readonly createdAt: string;
      readonly expiresAt: string | null;
      readonly revokedAt: string | null;
      /** The key itself, which is shown this once and stored nowhere; null in the answer to a repetition */
      readonly key: string | null;
    };
  };
  /** Make a key in the place of another one, which is revoked; it is shown once */
  'POST /keys/{id}/rotate': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: {
      /** How long the old one stays good */
      readonly grace?: string;
    };
    answer: {
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly string[];
      readonly state: 'in force' | 'expired' | 'revoked' | 'forged';
      readonly createdAt: string;
      readonly expiresAt: string | null;
      readonly revokedAt: string | null;
      /** The key itself, which is shown this once and stored nowhere; null in the answer to a repetition */
      readonly key: string | null;
    };
  };
  /** Revoke a key for good */
  'DELETE /keys/{id}': {
    path: {
      readonly id: string;
    };
    query: {
      /** Needed where key or user is for several tenants; the header X-Scope-OrgID may name it instead */
      readonly tenantId?: string;
    };
    body: undefined;
    answer: null;
  };
  /** Live updates as server-sent events */
  'GET /stream': {
    path: undefined;
    query: {
      readonly tenantId?: string;
      /** Name or glob of metrics; may come several times. All without it */
      readonly metric?: string | readonly string[];
      /** NAME=TEXT that a series must have; may come several times */
      readonly tag?: string | readonly string[];
      /** metrics, windows, anomalies, alerts; may come several times */
      readonly kind?: string | readonly string[];
    };
    body: undefined;
    answer: unknown;
  };
}
