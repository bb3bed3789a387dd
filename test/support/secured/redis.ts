import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fetchParts } from '../../../services/up/embedded/parts.js';
import { freePort } from '../../../services/up/embedded/ports.js';
import { until } from '../until.js';
import type { Issued } from './certificates.js';

export const PASSWORD = 'password-of-worker';

/** A Redis that lets in only over TLS: the user `worker`, who may only use keys of Tactus. */
export class SecuredRedis {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
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
    const user = [
      '--user',
      'worker',
      'on',
      `>${PASSWORD}`,
      '~tactus:*',
      '&*',
      '+@all',
      '-@admin',
      '-@dangerous',
      '+info',
    ];
    const { redis } = await fetchParts(() => {});
    const child = spawn(redis, [...args, ...user, '--user', 'default', 'off'], { stdio: 'ignore' });
    const started = new SecuredRedis(port, child);
    await until('Redis', () => listens(port));
    return started;
  }

  url(password = ''): string {
    return `rediss://worker${password === '' ? '' : `:${password}`}@127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
