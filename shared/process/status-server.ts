import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Health } from './health.js';

/** The worker's own HTTP edge: `/metrics`, `/healthz` and `/readyz`, on `port` (0: a free one). */
export async function serveStatus(
  port: number,
  registry: Registry,
  health: Health,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
      return;
    }
    if (path === '/healthz' || path === '/readyz') {
      const good = path === '/healthz' ? health.alive : health.ready;
      response
        .writeHead(good ? 200 : 503, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: good ? 'ok' : 'unavailable', reasons: health.reasons }));
      return;
    }
    response.writeHead(404).end('not found: try /metrics, /healthz or /readyz\n');
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve());
  });
}
