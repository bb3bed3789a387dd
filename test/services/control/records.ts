import type { AlertControl, ApiKey, RuleConfig, TenantConfig } from '../../../schemas/types.js';
import type { Contents } from '../../../services/control/control-file.js';
import type { RecordChecks } from '../../../services/control/import-plan.js';
import { configOf } from '../../../shared/catalog/tenants-file.js';
import { MetricSensitivities } from '../../../shared/detection/metric-sensitivities.js';
import type { KeySecret } from '../../../shared/security/key-secret.js';
import { makeKeyText } from '../../../shared/security/key-text.js';
import { NO_PROFILE, type TenantProfile } from '../../../shared/tenancy/profile.js';

/** Records of the control topics, and what is in force of them. */

export function ruleRecord(id: string, more: Partial<RuleConfig> = {}): RuleConfig {
  return {
    ...{ id, tenantGlob: '*', expression: 'mean > 1.0', on: 'window', window: '10s', metricGlob: '*' },
    ...{ forMs: 0, keepFiringForMs: 0, staleAfterMs: null, noData: 'resolve', severity: 'info' },
    ...{ model: null, threshold: null, sensitivity: null, record: null, expected: [] },
    ...{ flapHigh: null, flapLow: null },
    ...{ metrics: {}, values: {}, groupBy: [], labels: {}, annotations: {}, enabled: true, updatedAt: 0 },
    ...more,
  };
}

export function silenceRecord(id: string, more: Partial<AlertControl> = {}): AlertControl {
  return {
    ...{ id, kind: 'silence', matchers: ['host="a"'], author: 'ann', comment: '', tenantId: '' },
    ...{ startsAt: 1, endsAt: 4_000_000_000_000, createdAt: 1 },
    ...more,
  };
}

export function tenantRecord(id: string, profile: Partial<TenantProfile> = {}): TenantConfig {
  return configOf(id, { ...NO_PROFILE, ...profile }, 7);
}

export function keyRecord(secret: KeySecret, more: Partial<ApiKey> = {}): ApiKey {
  const { id, text } = makeKeyText();
  return secret.sealed({
    ...{ id, hash: secret.hashOf(text), tenantId: 'acme', scopes: ['read'], name: '', createdAt: 1 },
    ...{ expiresAt: null, revokedAt: null },
    ...more,
  });
}

export function contentsOf(more: Partial<Contents> = {}): Contents {
  return { tenants: [], keys: [], rules: [], silences: [], sensitivities: [], ...more };
}

/** Rules named `bad`, silences without a matcher, and sensitivities as workers say, cannot be in force. */
export const CHECKS: RecordChecks = {
  rule: ({ id }) => (id === 'bad' ? 'it is bad' : null),
  silence: ({ kind, matchers }) => (kind === 'silence' && matchers.length === 0 ? 'it has no matcher' : null),
  sensitivity: (one) => new MetricSensitivities().problem(one),
};
