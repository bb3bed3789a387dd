import { cloudEvents, isCloudEvent } from './formats/cloudevents/cloudevents.js';
import { jsonEvents } from './formats/json/events.js';
import { jsonMetrics } from './formats/json/metrics.js';
import { influxQuery, lineProtocol1, lineProtocol2 } from './formats/line-protocol/format.js';
import { otlpLogs, otlpMetrics } from './formats/otlp/format.js';
import { remoteWrite } from './formats/remote-write/format.js';
import { segmentBatch, segmentTrack } from './formats/segment/segment.js';
import type { Route } from './http/routes.js';

const prometheus = remoteWrite();
const openTelemetryMetrics = otlpMetrics();
const openTelemetryLogs = otlpLogs();

/** What is sent where. */
export const ROUTES: readonly Route[] = [
  { path: '/api/v1/metrics', format: () => jsonMetrics },
  { path: '/api/v1/events', format: (headers) => (isCloudEvent(headers) ? cloudEvents : jsonEvents) },
  { path: '/v1/track', format: () => segmentTrack },
  { path: '/v1/batch', format: () => segmentBatch },
  { path: '/api/v1/write', format: () => prometheus },
  { path: '/api/v1/push', format: () => prometheus },
  { path: '/v1/metrics', format: () => openTelemetryMetrics },
  { path: '/v1/logs', format: () => openTelemetryLogs },
  { path: '/write', format: () => lineProtocol1 },
  { path: '/api/v2/write', format: () => lineProtocol2 },
  { path: '/query', format: () => influxQuery },
];
