import { host, integer } from './formats.js';
import { edgeTlsKeys } from './security.js';

const MIB = 1_048_576;

export const gateway = {
  httpHost: {
    doc: 'Address that senders reach the gateway at; 0.0.0.0 (or :: with IPv6) is every interface of the machine',
    format: host,
    default: '127.0.0.1',
    env: 'HTTP_HOST',
  },
  httpPort: {
    doc: 'Port that senders reach the gateway at; 0 takes a free one and logs it',
    format: integer(0, 65_535),
    default: 8_080,
    env: 'HTTP_PORT',
  },
  maxConnections: {
    doc: 'Most connections at once; further ones are closed at once and counted',
    format: integer(1, 1_000_000),
    default: 1_024,
    env: 'TACTUS_GATEWAY_MAX_CONNECTIONS',
  },
  requestTimeoutMs: {
    doc: 'A request that has not come in full within this time is answered 408, and its connection closed',
    format: integer(1_000, 600_000),
    default: 30_000,
    env: 'TACTUS_GATEWAY_REQUEST_TIMEOUT_MS',
  },
  maxBodyBytes: {
    doc: 'Largest body as it is sent; larger ones are answered 413',
    format: integer(1_024, 268_435_456),
    default: 16 * MIB,
    env: 'TACTUS_GATEWAY_MAX_BODY_BYTES',
  },
  maxUnpackedBytes: {
    doc: 'Largest body when it is unpacked; larger ones are answered 413 as soon as that shows',
    format: integer(1_024, 536_870_912),
    default: 32 * MIB,
    env: 'TACTUS_GATEWAY_MAX_UNPACKED_BYTES',
  },
  maxInFlightBytes: {
    doc: 'Most bytes of requests that are not answered yet, as sent, as unpacked and as records; beyond it 503 with Retry-After',
    format: integer(MIB, 17_179_869_184),
    default: 256 * MIB,
    env: 'TACTUS_GATEWAY_MAX_IN_FLIGHT_BYTES',
  },
  maxInFlightTenantBytes: {
    doc: 'As TACTUS_GATEWAY_MAX_IN_FLIGHT_BYTES, of one tenant',
    format: integer(MIB, 17_179_869_184),
    default: 96 * MIB,
    env: 'TACTUS_GATEWAY_MAX_IN_FLIGHT_TENANT_BYTES',
  },
  lingerMs: {
    doc: 'How long the first request of a produce waits for others to go with it',
    format: integer(0, 1_000),
    default: 5,
    env: 'TACTUS_GATEWAY_LINGER_MS',
  },
  maxBatchBytes: {
    doc: 'Bytes of records from which on a produce waits for no others',
    format: integer(16_384, 67_108_864),
    default: 4 * MIB,
    env: 'TACTUS_GATEWAY_MAX_BATCH_BYTES',
  },
  produceTimeoutMs: {
    doc: 'A produce that Kafka has not acknowledged within this time is answered 503; sent again, its points count once, since this is far less than TACTUS_DEDUP_WINDOW_MS',
    format: integer(500, 60_000),
    default: 5_000,
    env: 'TACTUS_GATEWAY_PRODUCE_TIMEOUT_MS',
  },
  seriesCacheBytes: {
    doc: 'Memory for what is known of series, by the bytes of their labels; of one tenant at most half. Beyond it those used least recently are read anew',
    format: integer(MIB, 17_179_869_184),
    default: 256 * MIB,
    env: 'TACTUS_GATEWAY_SERIES_CACHE_BYTES',
  },
  ...edgeTlsKeys('GATEWAY', 'the gateway'),
};
