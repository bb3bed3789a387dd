import { integer, name, text, urlList } from './formats.js';

export const collector = {
  tenantId: {
    doc: 'Tenant that the figures of this host belong to',
    format: name,
    default: 'local',
    env: 'TACTUS_COLLECTOR_TENANT',
  },
  host: {
    doc: 'Host that the figures are of, as their tag `host` names it; empty takes the name that this machine gives itself, which in Kubernetes is that of the pod',
    format: text(253),
    default: '',
    env: 'TACTUS_COLLECTOR_HOST',
  },
  intervalMs: {
    doc: 'Time between two readings',
    format: integer(100, 3_600_000),
    default: 1_000,
    env: 'TACTUS_COLLECTOR_INTERVAL_MS',
  },
  slowIntervalMs: {
    doc: 'Time between two readings of what is costly to read (disk space, processes)',
    format: integer(1_000, 3_600_000),
    default: 10_000,
    env: 'TACTUS_COLLECTOR_SLOW_INTERVAL_MS',
  },
  workers: {
    doc: 'Status addresses of workers, separated by commas, whose lag and dead letters are reported; `tactus up` fills it in',
    format: urlList('http', 'https'),
    default: '',
    env: 'TACTUS_COLLECTOR_WORKERS',
    address: true,
  },
  readTimeoutMs: {
    doc: 'A reading that takes longer than this counts as failed; it is not started again while it still runs',
    format: integer(100, 600_000),
    default: 5_000,
    env: 'TACTUS_COLLECTOR_READ_TIMEOUT_MS',
  },
  maxInstances: {
    doc: 'Most mounts and most network interfaces that are reported, the first by name; others are left out and counted',
    format: integer(1, 1_000),
    default: 32,
    env: 'TACTUS_COLLECTOR_MAX_INSTANCES',
  },
  maxBufferedPoints: {
    doc: 'Most points kept while Kafka is away; beyond it the oldest are dropped and counted',
    format: integer(100, 1_000_000),
    default: 50_000,
    env: 'TACTUS_COLLECTOR_MAX_BUFFERED_POINTS',
  },
};
