import { commitHash, host, integer, number } from './formats.js';
import { secret } from './security.js';

export const http = {
  metricsHost: {
    doc: 'Address that /metrics, /healthz, /readyz and /startedz are served on; 0.0.0.0 (or :: with IPv6) is every interface of the machine',
    format: host,
    default: '127.0.0.1',
    env: 'METRICS_HOST',
  },
  metricsPort: {
    doc: 'Port of /metrics, /healthz, /readyz and /startedz; 0 takes a free one and logs it',
    format: integer(0, 65_535),
    default: 9464,
    env: 'METRICS_PORT',
  },
};

export const build = {
  commit: {
    doc: 'Commit that the program was built from, shown by tactus_build_info; images and tactus up set it, and empty is unknown',
    format: commitHash,
    default: '',
    env: 'TACTUS_BUILD_COMMIT',
  },
};

/** What a machine costs, for the cost of points; of the size of what large clouds ask. */
export const cost = {
  cpuHourUsd: {
    doc: 'Price of one CPU for an hour in US dollars, for the cost per data point',
    format: number(0, 1_000),
    default: 0.04,
    env: 'TACTUS_PRICE_CPU_HOUR_USD',
  },
  memoryGbHourUsd: {
    doc: 'Price of one GB of memory (1e9 bytes) for an hour in US dollars, for the cost per data point',
    format: number(0, 1_000),
    default: 0.005,
    env: 'TACTUS_PRICE_MEMORY_GB_HOUR_USD',
  },
};

export const debug = secret(
  'token',
  'TACTUS_DEBUG_TOKEN',
  'Token for /debug/profile and /loglevel of the status server, of 32 characters at least; without one both are off',
);

/** From all to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const log = {
  level: {
    doc: 'Least severe level that is logged',
    format: LOG_LEVELS,
    default: 'info',
    env: 'LOG_LEVEL',
  },
};

export const shutdown = {
  stuckAfterMs: {
    doc: 'A worker that has records in hand, waits for no server and processes none for so long is not alive any more (/healthz), so that it is restarted; one whose event loop has no turn for so long ends by itself; longer than all time-outs of servers',
    format: integer(150_000, 3_600_000),
    default: 300_000,
    env: 'TACTUS_STUCK_AFTER_MS',
  },
  drainTimeoutMs: {
    doc: 'How long a stopping worker may take to finish and commit what it holds',
    format: integer(100, 60_000),
    default: 8_000,
    // Within the 30 s that Kubernetes gives a pod to end; a developer does not wait that long.
    profiles: { staging: 25_000, production: 25_000 },
    env: 'TACTUS_DRAIN_TIMEOUT_MS',
  },
};
