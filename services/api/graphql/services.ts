import type { ApiServices } from '../routes/services.js';
import type { GraphqlTelemetry } from './telemetry.js';

/** What fields work with. */
export interface GraphqlServices extends ApiServices {
  readonly graphql: GraphqlTelemetry;
}
