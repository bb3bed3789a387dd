/*
 * Who may ask what, written by hand: by route, below either prefix where it begins with /api/v1. A route that is not here fails the test.
 */

/**
 * - `read`, `operate`, `admin`: roles and keys that include it, for their own tenant.
 * - `read or link`: as `read`, and who has opened a link to a dashboard, for what that shows: test/services/api/sharing.
 * - `admin of all`: admins of the tenant `*` only.
 * - `person`: who has logged in, whatever their role; no key.
 * - `anybody`: without credentials; what it needs else it says itself.
 */
export type Needed = 'read' | 'read or link' | 'operate' | 'admin' | 'admin of all' | 'person' | 'anybody';

const API: Readonly<Record<string, Needed>> = {
  'GET /metrics': 'read',
  'GET /metrics/:tenantId': 'read',
  'GET /metrics/query': 'read or link',
  'GET /metrics/aggregated': 'read or link',
  'GET /metrics/series': 'read',
  'GET /events': 'read',
  'GET /anomalies': 'read',
  'GET /anomalies/:id': 'read',
  'GET /anomalies/mutes': 'read',
  'POST /anomalies/mutes': 'operate',
  'DELETE /anomalies/mutes/:id': 'operate',
  'GET /anomalies/sensitivities': 'read',
  'POST /anomalies/sensitivities': 'operate',
  'GET /anomalies/sensitivities/:id': 'read',
  'PUT /anomalies/sensitivities/:id': 'operate',
  'DELETE /anomalies/sensitivities/:id': 'operate',
  'GET /quality': 'read',
  'GET /quality/windows': 'read',
  'GET /quality/records': 'read',
  // Of the cluster, not of a tenant: nothing in it is of one.
  'GET /pipeline': 'read',
  'GET /setup': 'read',
  'GET /stream': 'read',

  'POST /auth/login': 'anybody',
  'POST /auth/link': 'anybody',
  'POST /auth/share': 'anybody',
  'POST /auth/refresh': 'anybody',
  'POST /auth/logout': 'anybody',
  'GET /auth/oidc/login': 'anybody',
  'GET /auth/oidc/callback': 'anybody',
  'GET /auth/me': 'person',
  'POST /auth/password': 'person',
  'POST /auth/totp': 'person',
  'POST /auth/totp/confirm': 'person',
  'POST /auth/totp/remove': 'person',

  'GET /users': 'admin',
  'POST /users': 'admin',
  'GET /users/:id': 'admin',
  'PUT /users/:id': 'admin',
  'DELETE /users/:id': 'admin',
  'PUT /users/:id/password': 'admin',
  'DELETE /users/:id/totp': 'admin',
  'DELETE /users/:id/sessions': 'admin',

  'GET /alerts': 'read or link',
  'POST /alerts': 'operate',
  'GET /alerts/:id': 'read',
  'PUT /alerts/:id': 'operate',
  'DELETE /alerts/:id': 'operate',
  'GET /alerts/:fingerprint/notifications': 'read',
  'POST /alerts/:fingerprint/ack': 'operate',
  'GET /silences': 'read',
  'GET /silences/:id': 'read',
  'POST /silences': 'operate',
  'POST /silences/preview': 'read',
  'PUT /silences/:id': 'operate',
  'DELETE /silences/:id': 'operate',
  'GET /rules': 'read',
  'POST /rules': 'operate',
  'GET /rules/:id': 'read',
  'PUT /rules/:id': 'operate',
  'DELETE /rules/:id': 'operate',
  'POST /rules/check': 'read',
  'POST /rules/test': 'read',
  'POST /rules/backtest': 'read',
  'GET /dashboards': 'read',
  'POST /dashboards': 'operate',
  'GET /dashboards/:id': 'read or link',
  'PUT /dashboards/:id': 'operate',
  'DELETE /dashboards/:id': 'operate',
  'GET /dashboards/:id/shares': 'operate',
  'POST /dashboards/:id/shares': 'operate',
  'DELETE /dashboards/:id/shares/:shareId': 'operate',
  'GET /dead-letters': 'read',
  'GET /dead-letters/:id': 'read',
  'POST /dead-letters/replay': 'operate',

  'GET /tenants': 'admin',
  'GET /tenants/:tenantId': 'admin',
  'PUT /tenants/:tenantId': 'admin of all',
  'DELETE /tenants/:tenantId': 'admin of all',
  'GET /keys': 'admin',
  'POST /keys': 'admin',
  'POST /keys/:id/rotate': 'admin',
  'DELETE /keys/:id': 'admin',
};

/** Pages of the dashboard, which are the same for everybody: what they show they ask for. */
const PAGES = [
  ...['explore', 'dashboards', 'events', 'anomalies', 'alerts', 'rules'],
  ...['quality', 'dead-letters', 'access', 'settings'],
].flatMap((page) => [`GET /${page}`, `GET /${page}/*`]);

const ROOT: Readonly<Record<string, Needed>> = {
  'GET /': 'anybody',
  'GET /assets/*': 'anybody',
  // Whoever connects says who they are afterwards: test/services/api/live/session.test.ts.
  'GET /ws/metrics': 'anybody',
  // Fields need more: below.
  'POST /graphql': 'read',
  'GET /.well-known/jwks.json': 'anybody',
  'GET /prom/api/v1/query': 'read',
  'POST /prom/api/v1/query': 'read',
  'GET /prom/api/v1/query_range': 'read',
  'POST /prom/api/v1/query_range': 'read',
  'GET /prom/api/v1/format_query': 'read',
  'POST /prom/api/v1/format_query': 'read',
  'GET /prom/api/v1/query_exemplars': 'read',
  'POST /prom/api/v1/query_exemplars': 'read',
  'GET /prom/api/v1/series': 'read',
  'POST /prom/api/v1/series': 'read',
  'GET /prom/api/v1/labels': 'read',
  'POST /prom/api/v1/labels': 'read',
  'GET /prom/api/v1/label/:name/values': 'read',
  'GET /prom/api/v1/metadata': 'read',
  'GET /prom/api/v1/rules': 'read',
  'GET /prom/api/v1/alerts': 'read',
  'GET /prom/api/v1/status/buildinfo': 'read',
};

/** By method and path as declared, prefix included. */
export const AUTHORISATION: ReadonlyMap<string, Needed> = new Map([
  ...['/api/v1', '/analytics'].flatMap((prefix) =>
    Object.entries(API).map(([route, needed]) => [route.replace(' ', ` ${prefix}`), needed] as const),
  ),
  ...Object.entries(ROOT),
  ...PAGES.map((route) => [route, 'anybody'] as const),
]);

/** Fields of `/graphql`, by type and name. */
export const FIELDS: ReadonlyMap<string, Needed> = new Map<string, Needed>([
  ['Query.metrics', 'read'],
  ['Query.metricsOfTenant', 'read'],
  ['Query.queryMetric', 'read'],
  ['Query.aggregateMetric', 'read'],
  ['Query.series', 'read'],
  ['Query.events', 'read'],
  ['Query.anomalies', 'read'],
  ['Query.anomaly', 'read'],
  ['Query.anomalyMutes', 'read'],
  ['Query.anomalySensitivities', 'read'],
  ['Query.anomalySensitivity', 'read'],
  ['Query.quality', 'read'],
  ['Query.differingWindows', 'read'],
  ['Query.windowRecords', 'read'],
  ['Query.pipeline', 'read'],
  ['Query.setup', 'read'],
  ['Query.ownUser', 'person'],
  ['Query.users', 'admin'],
  ['Query.user', 'admin'],
  ['Query.alerts', 'read'],
  ['Query.alert', 'read'],
  ['Query.alertNotifications', 'read'],
  ['Query.silences', 'read'],
  ['Query.silence', 'read'],
  ['Query.previewSilence', 'read'],
  ['Query.rules', 'read'],
  ['Query.rule', 'read'],
  ['Query.checkRules', 'read'],
  ['Query.testRules', 'read'],
  ['Query.backtestRules', 'read'],
  ['Query.dashboards', 'read'],
  ['Query.dashboard', 'read'],
  ['Query.dashboardShares', 'operate'],
  ['Query.deadLetters', 'read'],
  ['Query.deadLetter', 'read'],
  ['Query.tenants', 'admin'],
  ['Query.tenant', 'admin'],
  ['Query.keys', 'admin'],
  ['Mutation.acknowledgeAlert', 'operate'],
  ['Mutation.createSilence', 'operate'],
  ['Mutation.endSilence', 'operate'],
  ['Mutation.createRule', 'operate'],
  ['Mutation.replaceRule', 'operate'],
  ['Mutation.removeRule', 'operate'],
  ['Subscription.live', 'read'],
]);
