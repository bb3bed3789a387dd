import { Targets } from '../../../shared/adapters/http/targets.js';

/**
 * Where notifications may go.
 *
 * @param networks those that may be reached though they are not public, separated by commas
 */
export function alertTargets(networks: string): Targets {
  return new Targets(
    networks.split(',').filter((network) => network !== ''),
    { code: 'TACTUS_NOTIFICATION_FAILED', allowedBy: 'TACTUS_ALERT_ALLOWED_NETWORKS' },
  );
}
