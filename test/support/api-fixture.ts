import { migrate } from '../../shared/adapters/postgres/migrate.js';
import type { Pool } from '../../shared/adapters/postgres/pool.js';
import type { Scope } from '../../shared/ports/keys.js';
import { poolTo } from '../shared/adapters/postgres/database.js';
import { KEYS_SECRET } from './gateway-keys.js';
import { ownPrefix } from './own-prefix.js';
import { sharedServers } from './servers.js';
import { applySchemas, makeKey } from './set-up.js';
import { WorkerProcess } from './worker-process.js';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared with what is expected
  readonly body: any;
}

/** An API worker on the servers that all tests share, with topics of its own and tables that others use too. */
export class ApiFixture {
  private constructor(
    readonly prefix: string,
    readonly env: Readonly<Record<string, string>>,
    readonly pool: Pool,
    readonly worker: WorkerProcess,
  ) {}

  /** @param env further variables of the worker */
  static async start(name: string, more: Readonly<Record<string, string>> = {}): Promise<ApiFixture> {
    const servers = sharedServers();
    const prefix = ownPrefix(name);
    const env = { ...servers, TOPIC_PREFIX: prefix, ...KEYS_SECRET, ...more };
    const pool = poolTo(env.DATABASE_URL);
    // The worker itself makes the topics.
    await Promise.all([migrate(pool), applySchemas(env)]);
    return new ApiFixture(prefix, env, pool, await new WorkerProcess('api', env).ready());
  }

  get url(): string {
    return `http://127.0.0.1:${this.worker.httpPort}`;
  }

  async key(tenant: string, scope: Scope): Promise<string> {
    return await makeKey(this.env, tenant, [scope]);
  }

  /** @param key null presents none */
  async ask(
    key: string | null,
    path: string,
    {
      headers = {},
      body,
      ...init
    }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<ApiAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      ...init,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.pool.end();
  }
}
