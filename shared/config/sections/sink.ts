import { integer, networks, optionalUrl, text } from './formats.js';

const ARCHIVE_TOPICS = [
  'metrics',
  'events',
  'windows',
  'late',
  'corrections',
  'anomalies',
  'alerts',
] as const;
const SINK_TOPICS = [...ARCHIVE_TOPICS, 'rollups'] as const;

/** Topics that may be archived. */
export type ArchiveTopic = (typeof ARCHIVE_TOPICS)[number];

/** Topics that may be posted. */
export type SinkTopic = (typeof SINK_TOPICS)[number];

const topics =
  (allowed: readonly string[]) =>
  (value: unknown): void => {
    const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [];
    if (names.length === 0 || names.some((name) => !allowed.includes(name)))
      throw new Error(`must be topics out of ${allowed.join(', ')}, separated by commas`);
  };

export const sink = {
  maxBatchRows: {
    doc: 'Most rows written to the database in one statement',
    format: integer(1, 50_000),
    default: 20_000,
    env: 'TACTUS_SINK_MAX_BATCH_ROWS',
  },
  lingerMs: {
    doc: 'How long a record may wait for others before it is written to the database',
    format: integer(0, 60_000),
    default: 50,
    env: 'TACTUS_SINK_LINGER_MS',
  },
  cacheTtlMs: {
    doc: 'A series without new data for this long leaves Redis',
    format: integer(1_000, 31_536_000_000),
    default: 86_400_000,
    env: 'TACTUS_CACHE_TTL_MS',
  },
  cacheMaxSeries: {
    doc: 'Most series of one tenant whose latest value is kept in Redis, and most of which windows are, counted for each definition; beyond it the stalest leave',
    format: integer(1, 10_000_000),
    default: 100_000,
    env: 'TACTUS_CACHE_MAX_SERIES',
  },
  cacheWindows: {
    doc: 'Latest windows kept in Redis for each series and definition',
    format: integer(1, 10_000),
    default: 60,
    env: 'TACTUS_CACHE_WINDOWS',
  },
  webhookUrl: {
    doc: 'Where records are posted to; empty posts none',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_SINK_WEBHOOK_URL',
    sensitive: true,
  },
  webhookAllowedNetworks: {
    doc: 'Networks that records may be posted to though they are not public, such as 127.0.0.0/8,10.1.0.0/16',
    format: networks,
    default: '',
    env: 'TACTUS_SINK_WEBHOOK_ALLOWED_NETWORKS',
  },
  webhookSecret: {
    doc: 'Secret that posts are signed with, as Standard Webhooks has it (whsec_ and base64) or any text; empty signs none',
    format: text(),
    default: '',
    env: 'TACTUS_SINK_WEBHOOK_SECRET',
    sensitive: true,
  },
  webhookTopics: {
    doc: 'Topics whose records are posted, separated by commas',
    format: topics(SINK_TOPICS),
    default: 'windows,anomalies',
    env: 'TACTUS_SINK_WEBHOOK_TOPICS',
  },
  webhookMaxRecords: {
    doc: 'Most records in one post',
    format: integer(1, 10_000),
    default: 500,
    env: 'TACTUS_SINK_WEBHOOK_MAX_RECORDS',
  },
  webhookLingerMs: {
    doc: 'How long a record may wait for others before it is posted',
    format: integer(0, 600_000),
    default: 1_000,
    env: 'TACTUS_SINK_WEBHOOK_LINGER_MS',
  },
  webhookTimeoutMs: {
    doc: 'How long the target of posts may take to answer',
    format: integer(100, 120_000),
    default: 10_000,
    env: 'TACTUS_SINK_WEBHOOK_TIMEOUT_MS',
  },
  archiveUrl: {
    doc: 'Where Parquet files go: a folder as file:///path, or s3://bucket/prefix; empty archives nothing',
    format: optionalUrl('file', 's3'),
    default: '',
    env: 'TACTUS_ARCHIVE_URL',
    address: true,
  },
  archiveTopics: {
    doc: 'Topics that are archived, separated by commas',
    format: topics(ARCHIVE_TOPICS),
    default: 'metrics,events,windows,anomalies,alerts',
    env: 'TACTUS_ARCHIVE_TOPICS',
  },
  archiveIntervalMs: {
    doc: 'Time of the log that one set of archive files covers at most; changing it changes the names of files',
    format: integer(1_000, 86_400_000),
    default: 300_000,
    env: 'TACTUS_ARCHIVE_INTERVAL_MS',
  },
  archiveMaxRecords: {
    doc: 'Most records of one partition in one set of archive files; changing it changes the names of files',
    format: integer(1, 1_000_000),
    default: 100_000,
    env: 'TACTUS_ARCHIVE_MAX_RECORDS',
  },
  archiveS3Endpoint: {
    doc: 'Address of an S3-compatible store, with buckets as the first part of the path; empty takes that of AWS',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_ARCHIVE_S3_ENDPOINT',
    address: true,
  },
  archiveS3Region: {
    doc: 'Region of the bucket',
    format: text(100),
    default: 'us-east-1',
    env: 'TACTUS_ARCHIVE_S3_REGION',
  },
  archiveS3AccessKeyId: {
    doc: 'Key id for the bucket',
    format: text(),
    default: '',
    env: 'TACTUS_ARCHIVE_S3_ACCESS_KEY_ID',
    sensitive: true,
  },
  archiveS3SecretAccessKey: {
    doc: 'Secret key for the bucket',
    format: text(),
    default: '',
    env: 'TACTUS_ARCHIVE_S3_SECRET_ACCESS_KEY',
    sensitive: true,
  },
};
