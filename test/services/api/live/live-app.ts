import { Registry } from 'prom-client';
import { Gatekeeper } from '../../../../services/api/access/asking.js';
import type { Caller } from '../../../../services/api/access/caller.js';
import { buildApp } from '../../../../services/api/http/app.js';
import { LiveHub } from '../../../../services/api/live/live-hub.js';
import { LiveService } from '../../../../services/api/live/live-service.js';
import { streamRoute } from '../../../../services/api/live/stream.js';
import { LiveTelemetry } from '../../../../services/api/live/telemetry.js';
import { webSocketRoute } from '../../../../services/api/live/websocket.js';
import { systemClock } from '../../../../shared/core/clock.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { APP_OPTIONS } from '../http/app-options.js';
import { LIMITS } from './hub-fixture.js';

const CALLER: Caller = {
  ...{ kind: 'key', id: 'k', name: 'key:k', tenantId: 't', expiresAt: null },
  may: () => true,
  tenants: () => ['t'],
  inForce: () => true,
};

/** The routes of live updates behind a port, without what feeds them. */
export async function listening() {
  const state = { asked: 0 };
  const authenticate = (token: string): Caller => {
    state.asked += 1;
    if (token === 'link') return { ...CALLER, kind: 'link' };
    if (token !== 'k') throw new TactusError('TACTUS_CREDENTIALS_REFUSED', 'unknown');
    return CALLER;
  };
  const gatekeeper = new Gatekeeper([{ authenticate }], () => {});
  const hub = new LiveHub(LIMITS, () => performance.now());
  const service = new LiveService(hub);
  const live = { service, telemetry: new LiveTelemetry(new Registry()), stop: async () => {} };
  const options = {
    live,
    gatekeeper,
    clock: systemClock,
    log: APP_OPTIONS.log,
    limits: { liveMaxSubscriptions: 50 },
    corsOrigins: [],
  };
  const app = await buildApp({
    ...APP_OPTIONS,
    ...{ gatekeeper, maxConnections: 1_000 },
    routes: [streamRoute(options)],
    rootRoutes: [webSocketRoute(options)],
  });
  const port = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, hub, service, state, port };
}
