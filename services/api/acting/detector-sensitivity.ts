import type { MetricSensitivities } from '../../../shared/detection/metric-sensitivities.js';
import { AS_CONFIGURED, changedBy, factorOf } from '../../../shared/detection/sensitivity.js';
import type { KnownTenants } from '../../../shared/tenancy/known-tenants.js';

export interface FoundSensitivity {
  /** Of the metric, 0 to 1. */
  readonly ofMetric: number;
  /** That its series are scored with. */
  readonly ofDetector: number;
}

/** The sensitivity that the anomaly worker scores a metric with, unless its detection file has a rule for it. */
export class DetectorSensitivity {
  constructor(
    private readonly configured: number,
    private readonly tenants: Pick<KnownTenants, 'profileOf'>,
    private readonly metrics: Pick<MetricSensitivities, 'for'>,
  ) {}

  /** @param tried in place of what is set for the metric */
  of(tenantId: string, metric: string, tried?: number): FoundSensitivity {
    const ofMetric = tried ?? this.metrics.for(tenantId, metric)?.sensitivity ?? AS_CONFIGURED;
    const ofTenant = this.tenants.profileOf(tenantId).sensitivity ?? AS_CONFIGURED;
    return { ofMetric, ofDetector: changedBy(factorOf(ofTenant) * factorOf(ofMetric), this.configured) };
  }
}
