import { commitHash, host, integer } from './formats.js';

export const http = {
  metricsHost: {
    doc: 'Address that /metrics, /healthz and /readyz are served on; 0.0.0.0 (or :: with IPv6) is every interface of the machine',
    format: host,
    default: '127.0.0.1',
    env: 'METRICS_HOST',
  },
  metricsPort: {
    doc: 'Port of /metrics, /healthz and /readyz; 0 takes a free one and logs it',
    format: integer(0, 65_535),
    default: 9464,
    env: 'METRICS_PORT',
  },
};

export const build = {
  commit: {
    doc: 'Commit that the program was built from, shown by tactus_build_info; images set it, and empty is unknown',
    format: commitHash,
    default: '',
    env: 'TACTUS_BUILD_COMMIT',
  },
};

export const log = {
  level: {
    doc: 'Least severe level that is logged',
    format: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    env: 'LOG_LEVEL',
  },
};

export const shutdown = {
  drainTimeoutMs: {
    doc: 'How long a stopping worker may take to finish and commit what it holds',
    format: integer(100, 60_000),
    default: 8_000,
    // Within the 30 s that Kubernetes gives a pod to end; a developer does not wait that long.
    profiles: { staging: 25_000, production: 25_000 },
    env: 'TACTUS_DRAIN_TIMEOUT_MS',
  },
};
