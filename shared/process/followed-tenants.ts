import { loadTenants } from '../catalog/tenants-file.js';
import type { TenantProfiles } from '../tenancy/profile.js';
import { FollowedFile } from './followed-value.js';
import type { Logger } from './logger.js';

/**
 * The tenants of `TENANTS_FILE`; an empty path has none.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when the file is wrong at the start
 */
export function followedTenants(path: string, log: Logger): FollowedFile<TenantProfiles> {
  return new FollowedFile({
    path,
    load: loadTenants,
    identity: (profiles) => JSON.stringify([...profiles]),
    what: 'tenants',
    describe: (profiles) => ({ tenants: profiles.size }),
    log,
  });
}
