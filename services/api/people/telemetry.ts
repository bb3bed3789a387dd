import { Counter, Gauge, type Registry } from 'prom-client';
import type { Millis } from '../../../shared/core/clock.js';

/** The metrics of people who log in. */
export class PeopleTelemetry {
  readonly #begun: Counter;
  readonly #refused: Counter;

  #age: () => Millis = () => 0;

  constructor(register: Registry) {
    const registers = [register];
    this.#begun = new Counter({
      name: 'tactus_api_logins_total',
      help: 'Logins that have begun a session',
      registers,
    });
    this.#refused = new Counter({
      name: 'tactus_api_login_refusals_total',
      help: 'Logins, refreshes and access tokens that were refused, by reason; audit has them one by one',
      labelNames: ['reason'],
      registers,
    });
    const age: Gauge = new Gauge({
      name: 'tactus_api_revocations_age_seconds',
      help: 'Time since the database has last said which users and sessions are revoked; beyond 30 s access tokens are refused',
      registers,
      collect: () => age.set(this.#age() / 1_000),
    });
  }

  /** @param age milliseconds since the database has said what is revoked */
  watch(age: () => Millis): void {
    this.#age = age;
  }

  begun(): void {
    this.#begun.inc();
  }

  refused(reason: string): void {
    this.#refused.inc({ reason });
  }
}
