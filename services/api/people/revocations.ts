import type { Millis } from '../../../shared/core/clock.js';
import { ACCESS_TOKEN_S } from './lifetimes.js';
import type { PeopleChange } from './person.js';

/** No token that a change is about is good for longer; clocks of processes may differ by a minute. */
const KEPT_MS = ACCESS_TOKEN_S * 1_000 + 60_000;
const PRUNE_EVERY_MS = 10_000;
/** Without news for so long nobody knows who is revoked: tokens are refused then. */
const STALE_AFTER_MS = 30_000;

/** What access tokens are revoked: of sessions that have ended, and of users before their latest change. */
export class Revocations {
  readonly #epochs = new Map<string, { readonly epoch: number; readonly at: Millis }>();
  readonly #ended = new Map<string, Millis>();
  #heardAt: Millis = Number.NEGATIVE_INFINITY;
  #prunedAt: Millis = Number.NEGATIVE_INFINITY;

  /** Takes what was asked for at `now`. */
  learned(changes: readonly PeopleChange[], now: Millis): void {
    for (const { userId, epoch, sessionId } of changes) {
      if (userId !== null && epoch !== null) {
        const known = this.#epochs.get(userId)?.epoch ?? epoch;
        this.#epochs.set(userId, { epoch: Math.max(known, epoch), at: now });
      }
      if (sessionId !== null) this.#ended.set(sessionId, now);
    }
    this.#heardAt = now;
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    for (const [id, { at }] of this.#epochs) if (now - at > KEPT_MS) this.#epochs.delete(id);
    for (const [id, at] of this.#ended) if (now - at > KEPT_MS) this.#ended.delete(id);
  }

  /** Whether a token of that session and epoch is good still. */
  allow(token: { readonly userId: string; readonly epoch: number; readonly sessionId: string }): boolean {
    return !this.#ended.has(token.sessionId) && token.epoch >= (this.#epochs.get(token.userId)?.epoch ?? 0);
  }

  /** Whether nothing was heard for too long. */
  isStale(now: Millis): boolean {
    return this.age(now) > STALE_AFTER_MS;
  }

  /** How long nothing was heard. */
  age(now: Millis): Millis {
    return now - this.#heardAt;
  }

  get size(): number {
    return this.#epochs.size + this.#ended.size;
  }
}
