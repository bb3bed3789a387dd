import type { AppOptions } from '../../../../services/api/http/app.js';
import { createLogger } from '../../../../shared/process/logger.js';

/** Of an API in one test, without routes, who asks, or anything that is counted. */
export const APP_OPTIONS: Omit<AppOptions, 'gatekeeper'> = {
  ...{ tls: null, version: '1', log: createLogger('test', 'silent') },
  ...{
    maxConnections: 10,
    requestTimeoutMs: 10_000,
    maxBodyBytes: 1_024,
    corsOrigins: [],
    trustedProxies: [],
  },
  ...{ dropped: () => {}, answered: () => {}, routes: [], rootRoutes: [] },
};
