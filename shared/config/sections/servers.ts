import { brokerList, instanceId, integer, text, topicPrefix, url, yesOrNo } from './formats.js';
import { kafkaLogin } from './kafka-login.js';
import { secret, tlsKeys } from './security.js';

export const kafka = {
  brokers: {
    doc: 'Kafka bootstrap servers, host:port separated by commas',
    format: brokerList,
    default: 'localhost:9092',
    env: 'KAFKA_BROKERS',
    address: true,
  },
  topicPrefix: {
    doc: 'Prefix of every topic, consumer group and transactional id',
    format: topicPrefix,
    default: 'tactus.',
    env: 'TOPIC_PREFIX',
  },
  replicationFactor: {
    doc: "Replicas of topics that `topics apply` creates; -1 takes the broker's default",
    format: integer(-1, 15),
    default: -1,
    // On three brokers, two copies of what was acknowledged outlive the loss of one.
    profiles: { staging: 3, production: 3 },
    env: 'TACTUS_REPLICATION_FACTOR',
  },
  partitions: {
    doc: 'Partitions of every partitioned topic that is made new, state topics included; a topic that exists keeps those that it has',
    format: integer(1, 1_000),
    default: 16,
    env: 'TACTUS_PARTITIONS',
  },
  minInsyncReplicas: {
    doc: "Replicas that must have a record before it counts as acknowledged (min.insync.replicas of our topics); -1 takes the broker's default",
    format: integer(-1, 15),
    default: -1,
    profiles: { staging: 2, production: 2 },
    env: 'TACTUS_MIN_INSYNC_REPLICAS',
  },
  instanceId: {
    doc: 'Name of this instance among those of its worker, the same after a restart: what it left open is then aborted at once. No two may share one; empty takes a new one for each process',
    format: instanceId,
    default: '',
    env: 'TACTUS_INSTANCE_ID',
  },
  sessionTimeoutMs: {
    doc: 'A worker that the group has not heard of for this long loses its partitions',
    format: integer(6_000, 300_000),
    default: 10_000,
    env: 'TACTUS_SESSION_TIMEOUT_MS',
  },
  commitIntervalMs: {
    doc: 'Shortest time between the beginnings of two transactions of a worker',
    format: integer(0, 60_000),
    default: 100,
    env: 'TACTUS_COMMIT_INTERVAL_MS',
  },
  fetchMaxWaitMs: {
    doc: 'How long a broker may hold back a fetch for which it has nothing',
    format: integer(5, 10_000),
    default: 250,
    env: 'TACTUS_FETCH_MAX_WAIT_MS',
  },
  fetchMaxBytesPerPartition: {
    doc: 'Most bytes fetched of one partition at once',
    format: integer(65_536, 67_108_864),
    default: 1_048_576,
    env: 'TACTUS_FETCH_MAX_BYTES_PER_PARTITION',
  },
  compression: {
    doc: 'Codec of the records that stages write',
    format: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
    // Replicas and consumers are across a network there, and disks are shared.
    profiles: { staging: 'lz4', production: 'lz4' },
    env: 'TACTUS_COMPRESSION',
  },
  tls: {
    doc: 'Whether brokers are spoken to over TLS; naming one of the files below means yes',
    format: yesOrNo,
    default: false,
    env: 'TACTUS_KAFKA_TLS',
  },
  ...tlsKeys('KAFKA', 'the brokers'),
  ...kafkaLogin,
};

export const registry = {
  url: {
    doc: 'Schema registry, base address of its Confluent API',
    format: url('http', 'https'),
    default: 'http://localhost:8081',
    env: 'SCHEMA_REGISTRY_URL',
    address: true,
  },
  username: {
    doc: 'User for basic authentication, where the address has none',
    format: text(),
    default: '',
    env: 'TACTUS_REGISTRY_USERNAME',
  },
  ...secret('password', 'TACTUS_REGISTRY_PASSWORD', 'Password of that user'),
  ...secret('token', 'TACTUS_REGISTRY_TOKEN', 'Bearer token, instead of user and password'),
  ...tlsKeys('REGISTRY', 'the registry'),
};

export const database = {
  url: {
    doc: 'TimescaleDB as a PostgreSQL connection string',
    format: url('postgres', 'postgresql'),
    default: 'postgres://postgres:postgres@localhost:5432/tactus',
    env: 'DATABASE_URL',
    address: true,
    sensitive: true,
  },
  poolSize: {
    doc: 'Most connections of one process',
    format: integer(1, 100),
    default: 4,
    env: 'TACTUS_DATABASE_POOL_SIZE',
  },
  ...secret(
    'password',
    'TACTUS_DATABASE_PASSWORD',
    'Password of the user in the address, where that has none',
  ),
  tls: {
    doc: 'Whether the database is spoken to over TLS, its certificate and its name verified; naming one of the files below means yes, and so does sslmode in the address',
    format: yesOrNo,
    default: false,
    env: 'TACTUS_DATABASE_TLS',
  },
  ...tlsKeys('DATABASE', 'the database'),
};

export const redis = {
  url: {
    doc: 'Redis connection string',
    format: url('redis', 'rediss'),
    default: 'redis://localhost:6379',
    env: 'REDIS_URL',
    address: true,
    sensitive: true,
  },
  ...secret('password', 'TACTUS_REDIS_PASSWORD', 'Password of the user in the address, where that has none'),
  ...tlsKeys('REDIS', 'Redis'),
};
