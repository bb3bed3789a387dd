import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Edge } from '../../config/security.js';
import type { Millis } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import type { ServerTls } from './server-tls.js';

/** Longer than proxies keep idle connections, so that they and not we end them. */
const KEEP_ALIVE_MS = 72_000;
/** A connection on which nothing happens, not even an answer that is read. */
const SILENT_MS = 120_000;
/** How often requests are looked for that take too long. */
const CHECK_EVERY_MS = 1_000;
const MAX_HEADER_BYTES = 16_384;

export interface NodeServerOptions {
  readonly tls: ServerTls | null;
  readonly maxConnections: number;
  readonly requestTimeoutMs: Millis;
  /** A connection was closed because there are too many. */
  readonly dropped: () => void;
}

/** A server of HTTP, or HTTPS, that slow and silent clients cannot hold up. */
export function nodeServer(options: NodeServerOptions, handler: RequestListener): Server {
  const { tls, requestTimeoutMs, maxConnections, dropped } = options;
  const http = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server =
    tls === null ? createServer(http, handler) : createSecureServer({ ...http, ...tls.options() }, handler);
  if (tls !== null) tls.follow(server as ReturnType<typeof createSecureServer>);
  server.timeout = SILENT_MS;
  server.maxConnections = maxConnections;
  server.on('drop', dropped);
  return server;
}

/** How many connections a server has open; 0 where it does not say. */
export function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.getConnections((error, count) => resolve(error === null ? count : 0)),
  );
}

/**
 * @param listen of Fastify
 * @throws TactusError `TACTUS_CONFIG_INVALID` for an address that cannot be listened on
 */
export async function listenAt(
  edge: Edge,
  { host, port }: { readonly host: string; readonly port: number },
  listen: (at: { host: string; port: number }) => Promise<unknown>,
): Promise<void> {
  try {
    await listen({ host, port });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE')
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `HTTP_PORT (${edge}.httpPort: must be a port that is free, or 0 for any: value was ${port}, which another process listens on)`,
      );
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `HTTP_HOST (${edge}.httpHost: must be an address of this machine: value was "${host}")`,
      );
    throw error;
  }
}
