import type { Routes } from '../http/app.js';
import { anomalyRoutes } from './anomalies.js';
import { eventRoutes } from './events.js';
import { metricRoutes } from './metrics.js';
import type { ApiServices } from './services.js';

/** All routes, by what they are below. */
export function addRoutes(services: ApiServices): {
  readonly routes: readonly Routes[];
  readonly rootRoutes: readonly Routes[];
} {
  return {
    routes: [metricRoutes(services), eventRoutes(services), anomalyRoutes(services)],
    rootRoutes: [],
  };
}
