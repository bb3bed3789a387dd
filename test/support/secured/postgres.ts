import pg from 'pg';
import { PostgresHome, type PostgresServer } from '../native-postgres.js';
import { until } from '../until.js';
import type { Issued } from './certificates.js';

export const PASSWORD = 'password-of-worker';

/**
 * A PostgreSQL that lets in only over TLS: the user `worker` by password, `certified` by a certificate of that name.
 */
export class SecuredPostgres {
  private constructor(private readonly server: PostgresServer) {}

  static async start(options: {
    readonly folder: string;
    readonly server: Issued;
    readonly clientCa: string;
  }): Promise<SecuredPostgres> {
    const { folder, server, clientCa } = options;
    const home = new PostgresHome(folder);
    home.initdb(['-U', 'worker', '--pwfile', home.write('password', PASSWORD), '-A', 'scram-sha-256']);
    const rules = 'hostssl all certified 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\n';
    const started = new SecuredPostgres(
      await home.start({
        ssl: 'on',
        ssl_min_protocol_version: 'TLSv1.3',
        ssl_cert_file: home.put(server.cert, 'server.pem'),
        ssl_key_file: home.put(server.key, 'server.key'),
        ssl_ca_file: home.put(clientCa, 'ca.pem'),
        hba_file: home.write('hba', rules),
      }),
    );
    const ssl = { rejectUnauthorized: false };
    try {
      const client = await until('PostgreSQL', async () => {
        const client = new pg.Client({ connectionString: started.url('worker', PASSWORD), ssl });
        await client.connect();
        return client;
      });
      await client.query('CREATE ROLE certified LOGIN');
      await client.query('CREATE TABLE hidden (a int)');
      await client.end();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  url(user: string, password = ''): string {
    return `postgres://${user}${password === '' ? '' : `:${password}`}@127.0.0.1:${this.server.port}/postgres`;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
