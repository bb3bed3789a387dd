import { Tenants } from '../admission/tenants.js';
import type { KnownTenants } from '../tenancy/known-tenants.js';
import { type FollowedTenants, followedProfiles, type TenantContext } from './follow-tenants.js';

/**
 * The tenants of `TENANTS_FILE` and, from `follow` on, of `control.tenants`, as those need them who let records in.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong
 */
export function knownTenants(
  context: TenantContext,
): Pick<FollowedTenants, 'follow'> & { readonly tenants: Tenants; readonly profiles: KnownTenants } {
  const { unknownTenants, maxSeriesPerTenant: maxSeries } = context.config.ingest;
  const { tenants, follow } = followedProfiles(context);
  return {
    tenants: new Tenants({ rejectUnknown: unknownTenants === 'reject', maxSeries }, tenants),
    profiles: tenants,
    follow,
  };
}
