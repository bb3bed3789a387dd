import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Gateway, startGateway } from '../../services/gateway/gateway.js';
import { loadConfig } from '../../shared/config/load.js';
import { systemClock } from '../../shared/core/clock.js';
import { Health } from '../../shared/process/health.js';
import { TEST_KEYS } from './local-gateway.js';

/** The gateway in this process, with keys of tests. */
export class GatewayFixture {
  readonly #stop = new AbortController();

  private constructor(
    private readonly gateway: Gateway,
    readonly metrics: Registry,
    readonly health: Health,
  ) {}

  static async start(env: Readonly<Record<string, string>>): Promise<GatewayFixture> {
    const metrics = new Registry();
    const health = new Health();
    const stop = new AbortController();
    health.started();
    const gateway = await startGateway(
      {
        ...{ name: 'gateway', metrics, health, clock: systemClock, stopping: stop.signal },
        config: loadConfig({ HTTP_PORT: '0', ...env }),
        log: pino({ level: 'silent' }),
        fail: (error) => {
          throw error;
        },
      },
      TEST_KEYS,
    );
    const fixture = new GatewayFixture(gateway, metrics, health);
    fixture.#stop.signal.addEventListener('abort', () => stop.abort());
    return fixture;
  }

  get port(): number {
    return this.gateway.port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Posts as tenant acme. */
  async post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return await fetch(this.url(path), {
      method: 'POST',
      headers: { authorization: 'Bearer key-of-acme', 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.gateway.stop();
  }
}
