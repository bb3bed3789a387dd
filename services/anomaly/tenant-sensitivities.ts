import type { KnownTenants } from '../../shared/tenancy/known-tenants.js';
import { SENSITIVITIES, type TenantFactors } from './detection-rules.js';

/** Of a profile that changes nothing. */
const AS_CONFIGURED = 0.5;

/** Which tenants are watched, and how readily their anomalies are reported, by their profiles. */
export class TenantSensitivities implements TenantFactors {
  constructor(private readonly tenants: KnownTenants) {}

  get version(): number {
    return this.tenants.version;
  }

  /**
   * 1/5 for a profile of 0, 1 for one of 0.5, 5 for one of 1; each step by a tenth is a factor of 1.38. Null for a tenant that is
   * not watched.
   */
  factorOf(tenantId: string): number | null {
    const { sensitivity, monitoringLevel, realTimeEnabled } = this.tenants.profileOf(tenantId);
    if (monitoringLevel === 'basic' || realTimeEnabled === false) return null;
    const [, most] = SENSITIVITIES;
    return most ** (2 * (sensitivity ?? AS_CONFIGURED) - 1);
  }
}
