import { writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { forward } from './ports.js';

/** Where a deployment expects a server, and where it is. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly to: URL;
}

/**
 * Has servers where a deployment expects them, by addresses of their own on this machine.
 *
 * @param hosts file that is written, to be mounted as /etc/hosts
 * @returns what is to be closed at the end
 */
export async function placeServers(places: readonly Place[], hosts: string): Promise<Server[]> {
  const forwarded: Server[] = [];
  let lines = '127.0.0.1 localhost\n';
  for (const [i, { host, port, to }] of places.entries()) {
    const address = `127.0.77.${i + 1}`;
    lines += `${address} ${host}\n`;
    forwarded.push(await forward(address, port, { host: to.hostname, port: Number(to.port) }));
  }
  writeFileSync(hosts, lines);
  return forwarded;
}
