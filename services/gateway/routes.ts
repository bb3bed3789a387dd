import { jsonEvents } from './formats/json/events.js';
import { jsonMetrics } from './formats/json/metrics.js';
import type { Route } from './http/routes.js';

/** What is sent where. */
export const ROUTES: readonly Route[] = [
  { path: '/api/v1/metrics', format: () => jsonMetrics },
  { path: '/api/v1/events', format: () => jsonEvents },
];
