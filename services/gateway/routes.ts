import { cloudEvents, isCloudEvent } from './formats/cloudevents/cloudevents.js';
import { jsonEvents } from './formats/json/events.js';
import { jsonMetrics } from './formats/json/metrics.js';
import { segmentBatch, segmentTrack } from './formats/segment/segment.js';
import type { Route } from './http/routes.js';

/** What is sent where. */
export const ROUTES: readonly Route[] = [
  { path: '/api/v1/metrics', format: () => jsonMetrics },
  { path: '/api/v1/events', format: (headers) => (isCloudEvent(headers) ? cloudEvents : jsonEvents) },
  { path: '/v1/track', format: () => segmentTrack },
  { path: '/v1/batch', format: () => segmentBatch },
];
