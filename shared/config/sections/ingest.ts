import { integer, text } from './formats.js';
import { secret } from './security.js';

const member = secret(
  'memberSecret',
  'TACTUS_MEMBER_SECRET',
  'Secret of the hashes that stand for subjects in points of kind member, at least 32 characters, the same for all instances of ingest. With another one each subject counts once more',
);

export const ingest = {
  dedupWindowMs: {
    doc: 'A record whose (tenant, id) was accepted within this time before is dropped',
    format: integer(0, 86_400_000),
    default: 600_000,
    env: 'TACTUS_DEDUP_WINDOW_MS',
  },
  dedupMaxIds: {
    doc: 'Most ids of a topic that a worker remembers, 32 to 40 bytes each; beyond it the window shortens, first for tenants with more than an eighth of them, and a metric says so',
    format: integer(1_000, 100_000_000),
    default: 4_000_000,
    env: 'TACTUS_DEDUP_MAX_IDS',
  },
  maxFutureMs: {
    doc: 'A timestamp further ahead of its arrival than this is refused',
    format: integer(0, 31_536_000_000),
    default: 600_000,
    env: 'TACTUS_MAX_FUTURE_MS',
  },
  maxAgeMs: {
    doc: 'A timestamp older than this at its arrival is refused',
    format: integer(60_000, 3_153_600_000_000),
    default: 315_360_000_000,
    env: 'TACTUS_MAX_AGE_MS',
  },
  maxValueBytes: {
    doc: 'Longest record value that is accepted',
    format: integer(256, 16_777_216),
    default: 65_536,
    env: 'TACTUS_MAX_VALUE_BYTES',
  },
  maxTags: {
    doc: 'Most tags of a point, or attributes of an event',
    format: integer(0, 1_000),
    default: 64,
    env: 'TACTUS_MAX_TAGS',
  },
  tenantsFile: {
    doc: 'YAML file with the known tenants, their limits and sensitivity; followed while ingest and anomaly run',
    format: text(),
    default: '',
    env: 'TENANTS_FILE',
  },
  unknownTenants: {
    doc: 'What becomes of tenants that neither TENANTS_FILE nor control.tenants has: accept or reject',
    format: ['accept', 'reject'],
    default: 'accept',
    env: 'TACTUS_UNKNOWN_TENANTS',
  },
  maxSeriesPerTenant: {
    doc: 'Most live series of one tenant in all ingest workers together, where TENANTS_FILE and control.tenants have no other number; more new ones go to dlq',
    format: integer(0, 100_000_000),
    default: 100_000,
    env: 'TACTUS_MAX_SERIES_PER_TENANT',
  },
  maxSeries: {
    doc: 'Most live series of one ingest worker over all tenants, 28 to 36 bytes each; one that comes in several partitions counts in each',
    format: integer(1, 100_000_000),
    default: 1_000_000,
    env: 'TACTUS_INGEST_MAX_SERIES',
  },
  seriesIdleMs: {
    doc: 'A series that sent nothing for this long makes room for a new one; not less than the de-duplication window',
    format: integer(60_000, 604_800_000),
    default: 3_600_000,
    env: 'TACTUS_SERIES_IDLE_MS',
  },
  mappingsFile: {
    doc: 'YAML file with the points that are made of events; followed while ingest runs; empty for none. The same for all instances of ingest',
    format: text(),
    default: '',
    env: 'MAPPINGS_FILE',
  },
  ...member,
  memberSecretFile: {
    ...member.memberSecretFile,
    doc: 'File that holds it, in place of TACTUS_MEMBER_SECRET; read at the start',
  },
};
