import type { Routes } from '../http/app.js';
import { streamRoute } from '../live/stream.js';
import { webSocketRoute } from '../live/websocket.js';
import { prometheusRoutes } from '../prometheus/routes.js';
import { accountRoutes } from './account.js';
import { alertNotificationRoutes } from './alert-notifications.js';
import { alertRoutes } from './alerts.js';
import { anomalyRoutes } from './anomalies.js';
import { anomalyMuteRoutes } from './anomaly-mutes.js';
import { anomalySensitivityRoutes } from './anomaly-sensitivities.js';
import { authRoutes } from './auth.js';
import { dashboardShareRoutes } from './dashboard-shares.js';
import { dashboardRoutes } from './dashboards.js';
import { deadLetterRoutes } from './dead-letters.js';
import { eventRoutes } from './events.js';
import { jwksRoutes } from './jwks.js';
import { keyRoutes } from './keys.js';
import { metricRoutes } from './metrics.js';
import { oidcRoutes } from './oidc.js';
import { openShareRoutes } from './open-share.js';
import { pipelineRoutes } from './pipeline.js';
import { qualityRoutes } from './quality.js';
import { qualityWindowRoutes } from './quality-windows.js';
import { ruleEvaluationRoutes } from './rule-evaluations.js';
import { ruleRoutes } from './rules.js';
import { seriesRoutes } from './series.js';
import type { ApiServices } from './services.js';
import { setupRoutes } from './setup.js';
import { silenceRoutes } from './silences.js';
import { tenantRoutes } from './tenants.js';
import { userRoutes } from './users.js';
import { webPageRoutes } from './web-pages.js';

/** All routes, by what they are below. */
export function addRoutes(services: ApiServices): {
  readonly routes: readonly Routes[];
  readonly rootRoutes: readonly Routes[];
} {
  return {
    routes: [
      ...[
        metricRoutes,
        seriesRoutes,
        eventRoutes,
        anomalyRoutes,
        anomalyMuteRoutes,
        anomalySensitivityRoutes,
        qualityRoutes,
        qualityWindowRoutes,
        pipelineRoutes,
        setupRoutes,
      ],
      ...[authRoutes, accountRoutes, oidcRoutes, userRoutes],
      ...[alertRoutes, alertNotificationRoutes, silenceRoutes, ruleRoutes, ruleEvaluationRoutes],
      ...[dashboardRoutes, dashboardShareRoutes, openShareRoutes],
      ...[deadLetterRoutes, tenantRoutes, keyRoutes, streamRoute],
    ].map((routes) => routes(services)),
    rootRoutes: [
      webPageRoutes(services),
      jwksRoutes(services),
      prometheusRoutes(services),
      webSocketRoute(services),
    ],
  };
}
