import { Registry } from 'prom-client';
import type { AlertControl } from '../../../../schemas/types.js';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller, Right } from '../../../../services/api/access/caller.js';
import { AlertDecisions } from '../../../../services/api/acting/alert-decisions.js';
import { Once, type RequestStore } from '../../../../services/api/acting/once.js';
import { graphqlRoute } from '../../../../services/api/graphql/graphql-route.js';
import type { GraphqlServices } from '../../../../services/api/graphql/services.js';
import { GraphqlTelemetry } from '../../../../services/api/graphql/telemetry.js';
import { buildApp } from '../../../../services/api/http/app.js';
import { LiveHub } from '../../../../services/api/live/live-hub.js';
import { LiveService } from '../../../../services/api/live/live-service.js';
import { LiveTelemetry } from '../../../../services/api/live/telemetry.js';
import { alertRoutes } from '../../../../services/api/routes/alerts.js';
import { anomalyRoutes } from '../../../../services/api/routes/anomalies.js';
import { metricRoutes } from '../../../../services/api/routes/metrics.js';
import { ruleRoutes } from '../../../../services/api/routes/rules.js';
import { seriesRoutes } from '../../../../services/api/routes/series.js';
import { silenceRoutes } from '../../../../services/api/routes/silences.js';
import { SharedReads } from '../../../../services/api/sharing/shared-reads.js';
import { Mutes } from '../../../../shared/alerting/mutes.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { systemClock } from '../../../../shared/core/clock.js';
import { APP_OPTIONS } from '../http/app-options.js';
import { LIMITS } from '../live/hub-fixture.js';

/** A query of the database: its text and values. */
export interface Query {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly gone: AbortSignal;
}

/**
 * `/graphql` on a port, without servers.
 *
 * @param rows what the database answers to a query
 */
export async function servingGraphql(
  rows: (query: Query) => unknown[] | Promise<unknown[]> = () => [],
  env: Readonly<Record<string, string>> = {},
) {
  const state = {
    rights: ['read'] as Right[],
    inForce: true,
    queries: [] as Query[],
    atOnce: 0,
    mostAtOnce: 0,
    failed: 0,
    /** Of `control.alerts`, and how often they were looked at. */
    controls: [] as AlertControl[],
    lookedAt: 0,
  };
  const caller: Caller = {
    ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null },
    may: (right, tenantId) => tenantId === 't' && state.rights.includes(right),
    tenants: (right) => (state.rights.includes(right) ? ['t'] : []),
    inForce: () => state.inForce,
  };
  const gatekeeper = new Gatekeeper([{ authenticate: () => caller }], () => {});
  const hub = new LiveHub({ ...LIMITS, maxBufferedBytes: 2_000, intervalMs: 20 }, () => performance.now());
  const service = new LiveService(hub);
  const live = { service, telemetry: new LiveTelemetry(new Registry()), stop: async () => {} };
  const database = {
    read: async (_tenant: string, _doing: string, gone: AbortSignal, work: (reader: unknown) => unknown) => {
      state.atOnce += 1;
      state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
      try {
        return await work({
          rows: async (sql: string, values: readonly unknown[] = []) => {
            state.queries.push({ sql, values, gone });
            return await rows({ sql, values, gone });
          },
        });
      } finally {
        state.atOnce -= 1;
      }
    },
  };
  const control = {
    decisions: new AlertDecisions(new Map()),
    mutes: new Mutes(),
    as: () => ({
      ...{ clock: systemClock, user: 'key:k', write: async () => {} },
      latest: async (topic: string) => {
        if (topic !== 'control.alerts') return new Map();
        state.lookedAt += 1;
        return new Map(state.controls.map((one) => [one.id, one]));
      },
    }),
  };
  const once = new Once({} as RequestStore);
  const register = new Registry();
  const graphql = new GraphqlTelemetry(register, () => {
    state.failed += 1;
  });
  const { api: limits } = loadConfig(env);
  const sharing = { reads: new SharedReads({ database: database as never, refused: () => {} }) };
  const services = {
    ...{ database, cache: null, limits, clock: systemClock, acting: { control, once }, live },
    ...{ gatekeeper, log: APP_OPTIONS.log, graphql, corsOrigins: [], sharing },
  } as unknown as GraphqlServices;
  const routes = [metricRoutes, seriesRoutes, anomalyRoutes, alertRoutes, silenceRoutes, ruleRoutes].map(
    (one) => one(services),
  );
  const app = await buildApp({
    ...APP_OPTIONS,
    ...{ gatekeeper, maxConnections: 100, maxBodyBytes: 1_048_576 },
    ...{ routes, rootRoutes: [graphqlRoute(services, routes)] },
  });
  const port = await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}/graphql`;
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer k', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as GraphqlAnswer };
  };
  const counted = async (line: string) => (await register.metrics()).split('\n').includes(line);
  return {
    counted,
    app,
    state,
    hub,
    service,
    url,
    post,
    ask: (query: string, variables = {}) => post({ query, variables }),
  };
}

export interface GraphqlAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared with what is expected
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions: { readonly code: string; readonly status: number };
  }[];
}
