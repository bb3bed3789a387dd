import type { ComplianceMode, MonitoringLevel } from '../../schemas/types.js';

export const MONITORING_LEVELS = [
  'basic',
  'standard',
  'detailed',
  'comprehensive',
] as const satisfies readonly MonitoringLevel[];
export const COMPLIANCE_MODES = [
  'none',
  'gdpr',
  'sox',
  'strict',
] as const satisfies readonly ComplianceMode[];
/** How a quota counts. */
export const QUOTA_ALGORITHMS = ['token-bucket', 'sliding-window', 'fixed-window', 'leaky-bucket'] as const;

export type QuotaAlgorithm = (typeof QUOTA_ALGORITHMS)[number];

/** In place of a tenant: what is set for every tenant that has nothing else set for itself. */
export const EVERY_TENANT = '*';

/** How much a tenant may send; what is null is as the installation has it. */
export interface TenantQuotas {
  readonly pointsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  readonly eventsPerSecond: number | null;
  /** Most series that send at a time, over all instances. */
  readonly activeSeries: number | null;
  readonly algorithm: QuotaAlgorithm | null;
  /** How many seconds of the quota may come at once. */
  readonly burst: number | null;
  /** Of each of its keys. */
  readonly keyPointsPerSecond: number | null;
  readonly keyBytesPerSecond: number | null;
  readonly keyEventsPerSecond: number | null;
  /** Whether senders of remote write are always asked to send again; else they drop what lasts. */
  readonly alwaysRetry: boolean | null;
}

/** What is set for one tenant, in a file or in `control.tenants`; what is null is as elsewhere. */
export interface TenantProfile {
  /** For people. */
  readonly name: string | null;
  /** Name of what was agreed with the tenant, such as `enterprise`. */
  readonly profile: string | null;
  /** How closely it is watched: `basic` is not watched for anomalies. */
  readonly monitoringLevel: MonitoringLevel | null;
  /** Whether it is watched while its data come; false has only what is stored. */
  readonly realTimeEnabled: boolean | null;
  readonly complianceMode: ComplianceMode | null;
  readonly quotas: TenantQuotas;
  /** Share of the tenant where several wait, in proportion to the others'. */
  readonly weight: number | null;
  /** Tenants of a higher one go first. */
  readonly priority: number | null;
  /** How long everything is kept that was measured or made of it. */
  readonly retentionDays: number | null;
  /** How long points, late points and windows are kept, where they go before their roll-ups. */
  readonly rawRetentionDays: number | null;
  /** By metric, in its unit. */
  readonly thresholds: Readonly<Record<string, number>> | null;
  /** How readily an anomaly is reported, 0 to 1. */
  readonly sensitivity: number | null;
  readonly labels: Readonly<Record<string, string>> | null;
  /** Most series that send at a time, in all ingest workers together. */
  readonly maxSeries: number | null;
}

/** By the ids of the tenants. */
export type TenantProfiles = ReadonlyMap<string, TenantProfile>;

const NO_QUOTAS: TenantQuotas = {
  ...{ pointsPerSecond: null, bytesPerSecond: null, eventsPerSecond: null },
  ...{ activeSeries: null, algorithm: null, burst: null, alwaysRetry: null },
  ...{ keyPointsPerSecond: null, keyBytesPerSecond: null, keyEventsPerSecond: null },
};

/** Of a tenant for which nothing is set. */
export const NO_PROFILE: TenantProfile = {
  ...{ name: null, profile: null, monitoringLevel: null, realTimeEnabled: null, complianceMode: null },
  ...{ quotas: NO_QUOTAS, weight: null, priority: null, retentionDays: null, rawRetentionDays: null },
  ...{ thresholds: null, sensitivity: null, labels: null, maxSeries: null },
};

/** What the first of some profiles sets, field by field. */
export function mergedProfile(profiles: readonly TenantProfile[]): TenantProfile {
  const [only = NO_PROFILE, ...others] = profiles;
  return others.reduce(
    (first, second) => ({ ...merged(first, second), quotas: merged(first.quotas, second.quotas) }),
    only,
  );
}

function merged<T extends object>(first: T, second: T): T {
  const entries = Object.entries(first).map(([name, value]) => [name, value ?? second[name as keyof T]]);
  return Object.fromEntries(entries) as T;
}

/** What is set in a profile: fields that are null are left out. */
export function setOf(value: object): Record<string, unknown> {
  const entries = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    if (field === null) return [];
    if (typeof field !== 'object') return [[name, field]];
    const inner = setOf(field as object);
    return Object.keys(inner).length === 0 ? [] : [[name, inner]];
  });
  return Object.fromEntries(entries);
}
