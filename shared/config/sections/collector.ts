import { integer, name } from '../formats.js';

export const collector = {
  tenantId: {
    doc: 'Tenant that the figures of this host belong to',
    format: name,
    default: 'local',
    env: 'TACTUS_COLLECTOR_TENANT',
  },
  intervalMs: {
    doc: 'Time between two readings',
    format: integer(100, 3_600_000),
    default: 1_000,
    env: 'TACTUS_COLLECTOR_INTERVAL_MS',
  },
};
