import { createServer, type Server, type Socket } from 'node:net';
import { BridgeClient } from './bridge-client.js';
import { query } from './bridge-frames.js';
import { type Engine, SharedSession } from './bridge-session.js';
import { BASE_SETTINGS, pairsOf } from './bridge-settings.js';

/** Most connections at once; a further one is closed by the server. */
const MAX_CLIENTS = 200;

export interface BridgeOptions {
  /** The loopback address by default. */
  readonly host?: string;
  readonly port: number;
  /** How long a transaction may send nothing while other clients wait for the session. */
  readonly idleInTransactionMs?: number;
  /** Called when the database itself has failed; nothing works from then on. */
  readonly crashed: (error: unknown) => void;
}

/** A PostgreSQL server that many clients can use at once, in front of one PGlite session. */
export interface Bridge {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves PostgreSQL's wire protocol 3.0: simple and extended queries, named
 * prepared statements, transactions, pipelines, messages of many MB. Every user and password is let
 * in. Not supported: TLS, COPY FROM STDIN (refused with 0A000), cancelling, replication.
 */
export async function startBridge(engine: Engine, options: BridgeOptions): Promise<Bridge> {
  const session = new SharedSession(engine, options.idleInTransactionMs ?? 30_000, options.crashed);
  await session.apply(BASE_SETTINGS);
  const parameters = await parametersOf(session);
  const clients = new Set<Promise<void>>();
  let lastId = 0;
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    lastId++;
    socket.on('error', () => {}); // The client's loop ends by it.
    const client = new BridgeClient(lastId, socket, session, parameters).serve();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const served = client.catch(options.crashed).finally(() => clients.delete(served));
    clients.add(served);
  });
  const sockets = new Set<Socket>();
  server.maxConnections = MAX_CLIENTS;
  const port = await listen(server, options.host ?? '127.0.0.1', options.port);
  return {
    port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await Promise.all(clients);
      await closed;
    },
  };
}

/** What a real server reports at start-up, with this one's values. */
async function parametersOf(session: SharedSession): Promise<Map<string, string>> {
  const names = ['server_version', 'server_encoding', 'client_encoding', 'DateStyle', 'IntervalStyle'];
  names.push('TimeZone', 'integer_datetimes', 'standard_conforming_strings');
  const list = names.map((name) => `('${name}')`).join(', ');
  const sql = `SELECT name, current_setting(name) FROM (VALUES ${list}) AS parameter(name)`;
  return pairsOf(await session.exec(query(sql)));
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
