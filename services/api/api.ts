import { ServerTls } from '../../shared/adapters/http/server-tls.js';
import { createPool, requireAccess } from '../../shared/adapters/postgres/pool.js';
import { packageVersion } from '../../shared/files/package-root.js';
import type { KeyVerifier } from '../../shared/ports/keys.js';
import type { WorkerContext } from '../../shared/process/context.js';
import { untilItWorks } from '../../shared/process/wait.js';
import type { AuditTrail } from '../../shared/runners/audit-trail.js';
import type { FollowedTenants } from '../../shared/runners/follow-tenants.js';
import { Gatekeeper, type Refused } from './access/asking.js';
import { KeyCallers } from './access/key-callers.js';
import { openActing } from './acting/acting.js';
import { allRoutes } from './all-routes.js';
import { openCache } from './cache/open-cache.js';
import { buildApp } from './http/app.js';
import { startLive } from './live/live.js';
import { openPeople } from './people/people.js';
import { auditName } from './people/people-audit.js';
import { Pipeline } from './pipeline/pipeline.js';
import { TenantDatabase } from './queries/tenant-database.js';
import type { FileRules } from './rules/file-rules.js';
import { openSharing } from './sharing/sharing.js';
import { ApiTelemetry } from './telemetry.js';

const DATABASE = 'database';
/** Longer than the server's own time-out, which cancels the statement and keeps the connection. */
const CLIENT_TIMEOUT_FACTOR = 1.5;

export interface ApiParts {
  readonly keys: KeyVerifier;
  readonly audit: Pick<AuditTrail, 'done' | 'refused' | 'refusedTo'>;
  readonly fileRules: FileRules;
  readonly profiles: FollowedTenants;
}

export interface RunningApi {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts the API. It reads the database, and waits for it. */
export async function startApi(
  context: WorkerContext,
  { keys, audit, fileRules, profiles }: ApiParts,
): Promise<RunningApi> {
  const { config, clock, health, log, metrics, stopping } = context;
  const { api } = config;
  const telemetry = new ApiTelemetry(metrics);
  const tls = ServerTls.of('api', config, log);
  const pool = createPool(context, {
    statementTimeoutMs: CLIENT_TIMEOUT_FACTOR * api.queryTimeoutMs,
    pipelined: true,
  });
  await requireAccess(pool);
  const database = new TenantDatabase(pool, {
    queryTimeoutMs: api.queryTimeoutMs,
    // One is left to cancel by.
    maxQueries: Math.max(1, config.database.poolSize - 1),
  });
  const hasRole = await untilItWorks(() => database.hasRole(), {
    what: DATABASE,
    signal: stopping,
    log,
    health,
  });
  if (!hasRole) {
    const why = 'the user of DATABASE_URL has no role tactus_reader, so that views alone keep tenants apart';
    log.warn(`${why}: make the role, grant it to the user, and migrate again`);
    health.note('isolation', why);
  }
  const people = await openPeople(context, audit, telemetry.people);
  const refused: Refused = (caller, right, tenantId, access) =>
    audit.refusedTo({ reason: right, action: 'access', user: auditName(caller), tenantId }, access);
  const sharing = openSharing({ pool, database, people, refused, clock });
  const gatekeeper = new Gatekeeper([sharing.callers, people.callers, new KeyCallers(keys)], refused);
  const acting = await openActing(context, pool, refused, profiles);
  const { cache, close: closeCache } = openCache(context, (result) => telemetry.asked(result));
  const secureCookies = tls !== null || api.secureCookies === 'always';
  const live = await startLive(context);
  const pipeline = new Pipeline(context);
  const corsOrigins = api.corsOrigins.split(',').filter((origin) => origin !== '');
  const app = await buildApp({
    tls,
    ...{ version: packageVersion(), gatekeeper, log },
    maxConnections: api.maxConnections,
    requestTimeoutMs: api.requestTimeoutMs,
    maxBodyBytes: api.maxBodyBytes,
    trustedProxies: api.trustedProxies.split(',').filter((network) => network !== ''),
    corsOrigins,
    ...allRoutes({
      ...{ database, cache, limits: api, clock, people, secureCookies, acting, sharing },
      ...{ live, pipeline, fileRules, gatekeeper, log, corsOrigins, graphql: telemetry.graphql },
    }),
    dropped: () => telemetry.dropped(),
    answered: (...request) => telemetry.answered(...request),
  });
  telemetry.watch(() => app.connections());
  const port = await app.listen({ host: api.httpHost, port: api.httpPort });
  log.info({ httpPort: port, tls: tls !== null }, `the API listens on port ${port}`);
  return {
    port,
    stop: async () => {
      // Those that are connected for good would be waited for.
      await live.stop();
      await app.close();
      await pipeline.close();
      await people.close();
      await acting.close();
      closeCache();
      await pool.end();
    },
  };
}
