import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ChildServer } from '../../../services/up/embedded/child-server.js';
import { Guard } from '../../../services/up/embedded/guard.js';
import { fetchParts } from '../../../services/up/embedded/parts.js';
import { freePort } from '../../../services/up/embedded/ports.js';
import type { Issued } from './certificates.js';

export const PASSWORD = 'password-of-worker';

/** A Redis that lets in only over TLS: the user `worker`, who may only use keys of Tactus. */
export class SecuredRedis {
  private constructor(
    private readonly server: ChildServer,
    private readonly guard: Guard,
  ) {}

  static async start(options: {
    readonly folder: string;
    readonly server: Issued;
    readonly ca: string;
    /** Clients have to have a certificate. */
    readonly mutual?: boolean;
  }): Promise<SecuredRedis> {
    const { folder, server, ca, mutual = false } = options;
    const port = await freePort();
    const settings = {
      port: '0',
      'tls-port': String(port),
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      'tls-cert-file': server.cert,
      'tls-key-file': server.key,
      'tls-ca-cert-file': ca,
      'tls-auth-clients': mutual ? 'yes' : 'no',
      'tls-protocols': 'TLSv1.3',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const rights = ['~tactus:*', '&*', '+@all', '-@admin', '-@dangerous', '+info'];
    const user = ['--user', 'worker', 'on', `>${PASSWORD}`, ...rights];
    const spec = {
      ...{ name: 'redis', port, probe: () => listens(port) },
      command: async () => {
        const { redis } = await fetchParts(() => {});
        return { file: redis, args: [...args, ...user, '--user', 'default', 'off'] };
      },
    };
    const guard = new Guard();
    const child = new ChildServer(spec, join(folder, 'redis.log'), guard, () => {});
    await child.start();
    return new SecuredRedis(child, guard);
  }

  get port(): number {
    return this.server.port;
  }

  url(password = ''): string {
    return `rediss://worker${password === '' ? '' : `:${password}`}@127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.guard.close();
  }
}

async function listens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
