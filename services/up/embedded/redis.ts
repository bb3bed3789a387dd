import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ServerSpec } from './child-server.js';

/** Redis with an append-only file in the data folder, on the loopback address only. */
export function redisServer(options: {
  dataDir: string;
  binary: () => Promise<string>;
  port: number;
}): ServerSpec {
  const { dataDir, binary, port } = options;
  const folder = join(dataDir, 'redis');
  return {
    name: 'redis',
    port,
    command: async () => {
      mkdirSync(folder, { recursive: true });
      const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
      const storage = ['--appendonly', 'yes', '--save', '', '--daemonize', 'no'];
      return { file: await binary(), args: [...settings, ...storage] };
    },
    probe: () => ping(port),
  };
}

/** `PING`, which answers `-LOADING` while the file is being read. */
function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
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
