import type { Config } from '../../../shared/config/load.js';
import type { Millis } from '../../../shared/core/clock.js';
import { formatDuration } from '../../../shared/files/duration.js';
import type { Health } from '../../../shared/process/health.js';
import { UnreachableError } from './failure.js';
import { SERVERS, type ServerName } from './servers.js';

/** Waits shorter than this are not worth a line. */
const ANNOUNCE_AFTER_MS = 1_500;
const LOOK_EVERY_MS = 100;

interface Watched {
  readonly config: Config;
  readonly health: Health;
  /** The servers that may be waited for. */
  readonly needs: readonly ServerName[];
  readonly timeoutMs: Millis;
  /** Called once per outage with what is waited for. */
  readonly announce: (line: string) => void;
}

/**
 * Watches what `Health` says about the servers of a command: the code that talks to them waits for ever, as workers
 * must, but a command shall say that it waits and give up after a while.
 */
export class OutageWatch {
  /** Rejects with {@link UnreachableError} once an outage has lasted longer than the time-out. */
  readonly expired: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  /** When the present outage began; null while all is well. */
  #since: number | null = null;
  #announced = false;

  constructor(private readonly watched: Watched) {
    let reject: (error: Error) => void = () => {};
    this.expired = new Promise((_, rejected) => {
      reject = rejected;
    });
    // A command that has ended by itself no longer waits for this.
    this.expired.catch(() => {});
    this.#timer = setInterval(() => this.#look(performance.now(), reject), LOOK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(now: number, reject: (error: Error) => void): void {
    const { health, timeoutMs, announce } = this.watched;
    if (health.blocks.size === 0) {
      this.#since = null;
      this.#announced = false;
      return;
    }
    this.#since ??= now;
    const lasted = now - this.#since;
    if (lasted >= timeoutMs) {
      this.end();
      reject(new UnreachableError(this.#unreachable()));
    } else if (lasted >= ANNOUNCE_AFTER_MS && !this.#announced) {
      this.#announced = true;
      announce(`waiting for ${this.#waitedFor()} (up to ${formatDuration(timeoutMs)}, see --timeout)`);
    }
  }

  #unreachable(): string {
    const variables = this.#down().map((name) => SERVERS[name].variable);
    const [runs, named] = variables.length === 1 ? ['it runs', 'names it'] : ['they run', 'name them'];
    return (
      `no answer from ${this.#waitedFor()} within ${formatDuration(this.watched.timeoutMs)}: ` +
      `check that ${runs} and that ${variables.join(' and ')} ${named}, ` +
      'or start the servers here with `tactus up --infra-only`'
    );
  }

  /** `Kafka at 127.0.0.1:9092 (connect ECONNREFUSED)`, and so on. */
  #waitedFor(): string {
    const { config, health } = this.watched;
    return this.#down()
      .map((name) => {
        const { label, healthKey, address } = SERVERS[name];
        const [, reason = ''] = [...health.blocks].find(([key]) => healthKey.test(key)) ?? [];
        const why = reason.includes(': ') ? reason.slice(reason.lastIndexOf(': ') + 2) : '';
        return `${label} at ${address(config)}${why === '' ? '' : ` (${why})`}`;
      })
      .join(' and ');
  }

  #down(): readonly ServerName[] {
    const keys = [...this.watched.health.blocks.keys()];
    return this.watched.needs.filter((name) => keys.some((key) => SERVERS[name].healthKey.test(key)));
  }
}
