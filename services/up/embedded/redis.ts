import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ServerSpec } from './child-server.js';
import { HERE, type Place } from './place.js';

/** Redis with an append-only file in the data folder. */
export function redisServer(options: {
  dataDir: string;
  binary: () => Promise<string>;
  place: Place;
  port: number;
}): ServerSpec {
  const { dataDir, binary, place, port } = options;
  const folder = join(dataDir, 'redis');
  return {
    name: 'redis',
    place,
    port,
    command: async () => {
      mkdirSync(folder, { recursive: true });
      const settings = ['--port', `${port}`, '--bind', place.host, '--dir', folder];
      // Elsewhere it is protected by who can reach it: that mode lets in nobody but the loopback address.
      const open = place.host === HERE.host ? [] : ['--protected-mode', 'no'];
      const storage = ['--appendonly', 'yes', '--save', '', '--daemonize', 'no'];
      return { file: await binary(), args: [...settings, ...open, ...storage] };
    },
    probe: () => ping(place.host, port),
  };
}

/** `PING`, which answers `-LOADING` while the file is being read. */
function ping(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write('PING\r\n'));
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer to PING')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed the connection')));
    socket.once('data', (data) => {
      if (data.toString().startsWith('+PONG')) resolve();
      else reject(new Error(data.toString().trim()));
      socket.destroy();
    });
  });
}
