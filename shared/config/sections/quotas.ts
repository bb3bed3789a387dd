import { QUOTA_ALGORITHMS } from '../../tenancy/profile.js';
import { integer, number } from './formats.js';

const MOST = 1_000_000_000_000;

export const quotas = {
  pointsPerSecond: {
    doc: 'Most points that a tenant may send a second through the gateways where nothing else is set for it; 0 for no limit',
    format: number(0, MOST),
    default: 0,
    env: 'TACTUS_QUOTA_POINTS_PER_SECOND',
  },
  perSecondBytes: {
    doc: 'As TACTUS_QUOTA_POINTS_PER_SECOND, in bytes: keys and values of the records that its points and events make',
    format: number(0, MOST),
    default: 0,
    env: 'TACTUS_QUOTA_PER_SECOND_BYTES',
  },
  eventsPerSecond: {
    doc: 'As TACTUS_QUOTA_POINTS_PER_SECOND, of events',
    format: number(0, MOST),
    default: 0,
    env: 'TACTUS_QUOTA_EVENTS_PER_SECOND',
  },
  algorithm: {
    doc: 'How quotas count where a tenant has no other: token-bucket, sliding-window, fixed-window or leaky-bucket',
    format: QUOTA_ALGORITHMS,
    default: 'token-bucket',
    env: 'TACTUS_QUOTA_ALGORITHM',
  },
  burstS: {
    doc: 'Seconds of a quota that may come at once, and the length of windows, where a tenant has no other; 0.1 at least',
    format: number(0, 3_600),
    default: 10,
    env: 'TACTUS_QUOTA_BURST_S',
  },
  lastingAfterMs: {
    doc: 'When requests of a tenant or a key were refused for so long without a pause of 30 s, it is no burst any more: senders of remote write, who send again what is answered 503, are answered 429',
    format: integer(0, 86_400_000),
    default: 60_000,
    env: 'TACTUS_QUOTA_LASTING_AFTER_MS',
  },
  maxAccounts: {
    doc: 'Most tenants, and most keys, whose use the gateway counts, 1 to 5 KB each; beyond it the one used least recently is forgotten and begins anew',
    format: integer(100, 10_000_000),
    default: 20_000,
    env: 'TACTUS_QUOTA_MAX_ACCOUNTS',
  },
  shared: {
    doc: 'Where several gateways count together, and several ingest workers: redis (REDIS_URL), or none, where each gateway counts its part of TACTUS_QUOTA_INSTANCES, and each ingest worker the part that its partitions are of all',
    format: ['redis', 'none'],
    default: 'redis',
    env: 'TACTUS_QUOTA_SHARED',
  },
  withoutRedis: {
    doc: 'What becomes of requests of tenants with a quota, and of new series in ingest, while Redis is away: local (each gateway lets its part of TACTUS_QUOTA_INSTANCES in, each ingest worker the part that its partitions are of all), open (all are let in; series up to the limit in each worker) or closed (requests are answered 503, new series go to dlq unless one worker has all partitions)',
    format: ['local', 'open', 'closed'],
    default: 'local',
    env: 'TACTUS_QUOTA_WITHOUT_REDIS',
  },
  instances: {
    doc: 'Number of gateways, of which each has an equal part of every quota while they do not count together',
    format: integer(1, 10_000),
    default: 1,
    env: 'TACTUS_QUOTA_INSTANCES',
  },
  redisTimeoutMs: {
    doc: 'How long a request, or a partition with a new series, waits for Redis at most; then Redis counts as away for a second',
    format: integer(5, 5_000),
    default: 50,
    env: 'TACTUS_QUOTA_REDIS_TIMEOUT_MS',
  },
};
