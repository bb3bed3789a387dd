import type { Routes } from '../http/app.js';
import { prometheusRoutes } from '../prometheus/routes.js';
import { accountRoutes } from './account.js';
import { anomalyRoutes } from './anomalies.js';
import { authRoutes } from './auth.js';
import { eventRoutes } from './events.js';
import { jwksRoutes } from './jwks.js';
import { metricRoutes } from './metrics.js';
import { oidcRoutes } from './oidc.js';
import { qualityRoutes } from './quality.js';
import { seriesRoutes } from './series.js';
import type { ApiServices } from './services.js';
import { userRoutes } from './users.js';

/** All routes, by what they are below. */
export function addRoutes(services: ApiServices): {
  readonly routes: readonly Routes[];
  readonly rootRoutes: readonly Routes[];
} {
  return {
    routes: [
      ...[metricRoutes, seriesRoutes, eventRoutes, anomalyRoutes, qualityRoutes],
      ...[authRoutes, accountRoutes, oidcRoutes, userRoutes],
    ].map((routes) => routes(services)),
    rootRoutes: [jwksRoutes(services), prometheusRoutes(services)],
  };
}
