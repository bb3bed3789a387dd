import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf } from '../../../shared/core/errors.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { sleep, untilItWorks } from '../../../shared/process/wait.js';
import { SESSION_IDLE_MS } from './lifetimes.js';
import type { PeopleSecret } from './people-secret.js';
import type { PeopleStore } from './people-store.js';
import type { Revocations } from './revocations.js';
import { keepKeysSince, makeSigningKey, ROTATE_AFTER_MS, type SigningKeys } from './signing-keys.js';

/** A change counts everywhere within two seconds: this, and the time that the query takes. */
const POLL_MS = 1_000;
/** How often all keys are read again, so that one counts that somebody has removed by hand, and what is over is removed. */
const TIDY_MS = 60_000;
const DATABASE = 'the database (users)';

export interface FollowedPeople {
  readonly store: PeopleStore;
  readonly secret: PeopleSecret;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
}

/** Keeps what a process knows of people up to date, and the signing keys young. */
export class PeopleFollower {
  #version: number | null = null;
  #tidiedAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: FollowedPeople,
    private readonly clock: Clock,
    private readonly warn: (line: string) => void,
  ) {}

  /** Asks for what has changed, in one query; and once a minute for all keys. */
  async poll(): Promise<void> {
    const { store, keys, revocations } = this.parts;
    const asked = this.clock.now();
    const before = this.#version;
    let answer = await store.changesSince(before ?? 0);
    // The database was set back: what it has now is all that there is.
    if (before !== null && answer.version < before) answer = await store.changesSince(0);
    revocations.learned(answer.changes, asked);
    this.#version = answer.version;
    const keysChanged = answer.changes.some(({ userId, sessionId }) => userId === null && sessionId === null);
    const tidy = asked - this.#tidiedAt >= TIDY_MS;
    if (keysChanged || tidy) await this.#loadKeys();
    if (keys.isDue(asked)) await this.#rotate(asked);
    if (!tidy) return;
    this.#tidiedAt = asked;
    await store.clean(asked, asked - SESSION_IDLE_MS);
  }

  async #rotate(now: Millis): Promise<void> {
    const { store, secret } = this.parts;
    const key = await makeSigningKey(secret, now);
    await store.rotateSigningKey(secret.id, key, now - ROTATE_AFTER_MS, keepKeysSince(now));
    await this.#loadKeys();
  }

  async #loadKeys(): Promise<void> {
    const { store, secret, keys } = this.parts;
    const ignored = await keys.load(await store.signingKeys(secret.id), secret);
    if (ignored.length > 0)
      this.warn(
        `ignoring signing keys that were not written by who knows TACTUS_KEYS_SECRET: ${ignored.join(', ')}`,
      );
  }
}

/** Begins to follow. Waits for the database. @returns once all is known; what ends the following */
export async function followPeople(
  context: WorkerContext,
  parts: FollowedPeople,
): Promise<() => Promise<void>> {
  const { clock, health, log, stopping } = context;
  const follower = new PeopleFollower(parts, clock, (line) => log.error(line));
  await untilItWorks(() => follower.poll(), { what: DATABASE, signal: stopping, log, health });
  const stop = new AbortController();
  // Not by `untilItWorks`, whose pauses grow: what was revoked meanwhile counts a second after the database is back.
  const running = (async () => {
    for (let failures = 0; ; ) {
      await sleep(POLL_MS, stop.signal);
      if (stop.signal.aborted) return;
      try {
        await follower.poll();
        if (failures > 0) health.clear(DATABASE);
        failures = 0;
      } catch (error) {
        failures += 1;
        health.block(DATABASE, `waiting for ${DATABASE}: ${messageOf(error)}`);
        if (failures % 30 === 1)
          log.warn({ error, failures }, `users cannot be followed: ${messageOf(error)}`);
      }
    }
  })();
  return async () => {
    stop.abort();
    await running;
  };
}
