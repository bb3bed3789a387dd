import { Registry } from 'prom-client';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import { KeyCallers } from '../../../../services/api/access/key-callers.js';
import { allRoutes } from '../../../../services/api/all-routes.js';
import type { GraphqlServices } from '../../../../services/api/graphql/services.js';
import { GraphqlTelemetry } from '../../../../services/api/graphql/telemetry.js';
import { type App, buildApp, type Routes } from '../../../../services/api/http/app.js';
import { openSharing } from '../../../../services/api/sharing/sharing.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';
import type { KeyVerifier } from '../../../../shared/ports/keys.js';
import { APP_OPTIONS } from '../http/app-options.js';
import type { PeopleParts } from '../people/people-parts.js';

/** Of callers that may do nothing. */
export const NO_KEYS: KeyVerifier = {
  verify: () => ({ keyId: 'k', tenantId: 't', scopes: new Set() }),
  authorize: () => ({ tenantId: 't' }),
};

/** Whatever it is asked for, it has not: only what comes before that is looked at. */
function nothing(): unknown {
  const found: unknown = new Proxy(() => {}, {
    get: (_target, name) => (name === 'then' ? undefined : name === 'refused' ? () => {} : found),
    apply: () => {
      throw new TactusError('TACTUS_NOT_FOUND', 'there is nothing');
    },
  });
  return found;
}

/** The API with all its routes, its people and nothing behind them. @param first added before the routes of each prefix */
export async function appWithoutServers(
  people: PeopleParts,
  keys: ConstructorParameters<typeof KeyCallers>[0],
  first: Routes,
): Promise<App> {
  const { account, admin, sessions, callers } = people;
  const none = nothing() as GraphqlServices;
  const sharing = openSharing({
    pool: {} as Pool,
    database: none.database,
    people,
    refused: () => {},
    clock: people.clock,
  });
  const gatekeeper = new Gatekeeper([sharing.callers, callers, new KeyCallers(keys)], () => {});
  const own: Partial<GraphqlServices> = {
    ...{
      limits: loadConfig({}).api,
      clock: people.clock,
      secureCookies: false,
      gatekeeper,
      log: APP_OPTIONS.log,
    },
    sharing,
    graphql: new GraphqlTelemetry(new Registry(), () => {}),
    people: { account, admin, sessions, callers, keys: people.keys, audit: people.audit, federated: null },
  };
  const services = new Proxy(none, {
    get: (_target, name) => own[name as keyof GraphqlServices] ?? none[name as keyof GraphqlServices],
  });
  const declared = allRoutes(services);
  return await buildApp({
    ...APP_OPTIONS,
    gatekeeper,
    routes: [first, ...declared.routes],
    rootRoutes: [first, ...declared.rootRoutes],
  });
}
