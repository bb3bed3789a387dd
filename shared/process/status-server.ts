import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Registry } from 'prom-client';
import type { StatusRoutes } from './debug-routes.js';
import type { Health } from './health.js';
import { openMetrics, wantsOpenMetrics } from './open-metrics.js';

/** Where a status server listens; port 0 takes a free one. */
export interface StatusAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The worker's own HTTP edge: `/metrics`, `/healthz`, `/readyz` and `/startedz`. That it answers at all shows that the event
 * loop turns.
 */
export async function serveStatus(
  address: StatusAddress,
  registry: Registry,
  health: Health,
  more: StatusRoutes = () => false,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/metrics') {
      metricsOf(registry, request.headers.accept).then(
        ({ type, text }) => response.writeHead(200, { 'content-type': type, vary: 'accept' }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
      return;
    }
    if (path === '/healthz' || path === '/readyz' || path === '/startedz') {
      const good = path === '/healthz' ? health.alive : path === '/readyz' ? health.ready : health.hasStarted;
      const { reasons, notes } = health;
      response.writeHead(good ? 200 : 503, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          status: good ? 'ok' : 'unavailable',
          reasons,
          ...(notes.length > 0 && { notes }),
        }),
      );
      return;
    }
    if (more(request, response)) return;
    response.writeHead(404).end('not found: try /metrics, /healthz, /readyz or /startedz\n');
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function metricsOf(registry: Registry, accept: string | undefined) {
  if (wantsOpenMetrics(accept)) return await openMetrics(registry);
  return { type: registry.contentType, text: await registry.metrics() };
}

/** Base address under which this machine reaches a status server: one that listens everywhere by loopback. */
export function statusUrl({ host, port }: StatusAddress): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

function listen(server: Server, { host, port }: StatusAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}
