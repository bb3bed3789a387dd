import type { MetricSensitivities } from '../../shared/detection/metric-sensitivities.js';
import { AS_CONFIGURED, factorOf } from '../../shared/detection/sensitivity.js';
import type { KnownTenants } from '../../shared/tenancy/known-tenants.js';
import type { Factors } from './detection-rules.js';

/** Which tenants are watched, and how readily their anomalies are reported: by their profiles, and by what is set for a metric. */
export class SensitivityFactors implements Factors {
  constructor(
    private readonly tenants: KnownTenants,
    private readonly metrics: MetricSensitivities,
  ) {}

  /** Both only go up, so that their sum changes with either. */
  get version(): number {
    return this.tenants.version + this.metrics.version;
  }

  /** Null for a tenant that is not watched. */
  factorOf(tenantId: string, metric: string): number | null {
    const { sensitivity, monitoringLevel, realTimeEnabled } = this.tenants.profileOf(tenantId);
    if (monitoringLevel === 'basic' || realTimeEnabled === false) return null;
    const ofMetric = this.metrics.for(tenantId, metric)?.sensitivity;
    return factorOf(sensitivity ?? AS_CONFIGURED) * factorOf(ofMetric ?? AS_CONFIGURED);
  }
}
