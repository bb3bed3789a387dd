import type { Millis } from '../../../shared/core/clock.js';
import { Lru } from '../../../shared/core/lru.js';
import { waitAfterFailures } from './wait-after-failures.js';

/*
 * How many logins may fail. Nobody can keep another person out, because no limit is on a user alone:
 *
 * - Of a user from one network: FREE failures, then each waits longer than the one before. A stranger fills this for their own network.
 * - Of a user from a browser that has logged in as that user before (a device cookie): the same, on its own, so that neither strangers in
 *   the same network nor anything below counts for it.
 * - Of a network, over all users, for those who try one password on many: a bucket.
 * - A user for whom very many logins fail over all networks is under attack. Then each network has FREE_UNDER_ATTACK free failures in
 *   place of FREE: an attacker with many networks has fewer guesses, and the user, on a device that is not known, waits sooner, and gets in.
 *
 * All of it is in memory: with several processes of the API the limits are as many times as high, and a restart forgets them. Each map is
 * bounded and forgets what was used least recently; to push an entry out takes tens of thousands of failures over as many networks or users.
 */

const FREE = 10;
const FREE_UNDER_ATTACK = 2;
/** Failures are forgotten so long after the last one. */
const FORGOTTEN_AFTER_MS = 86_400_000;
/** Failures of one network that may come at once, and how fast more are allowed. */
const NETWORK_BURST = 60;
const NETWORK_REFILL_MS = 20_000;
/** Failures of one user over all networks, in an hour. */
const ATTACK_PER_HOUR = 50;
const HOUR_MS = 3_600_000;
const MAX_ENTRIES = 50_000;

/** Who tries to log in. */
export interface LoginSource {
  /** Name as it was given, by `nameKeyOf`. */
  readonly nameKey: string;
  /** As of `sourcePrefix`. */
  readonly network: string;
  /** As of `knownDevice`. */
  readonly device: string | null;
}

interface Failures {
  readonly count: number;
  readonly at: Millis;
}

/** A number that falls by itself, from the time that it was noted. */
interface Level {
  readonly level: number;
  readonly at: Millis;
}

/** Decides who may try to log in now. Each try counts as failed until it has succeeded, so that many at once are no more than one by one. */
export class LoginLimits {
  readonly #failures: Lru<string, Failures>;
  readonly #networks: Lru<string, Level>;
  readonly #users: Lru<string, Level>;

  constructor(maxEntries = MAX_ENTRIES) {
    this.#failures = new Lru(maxEntries);
    this.#networks = new Lru(maxEntries);
    this.#users = new Lru(maxEntries);
  }

  /** Counts a try. @returns milliseconds to wait before the next one; 0 where this one may go on */
  begin(source: LoginSource, now: Millis): Millis {
    const { nameKey, network, device } = source;
    const failures = this.#failuresOf(source, now);
    const attacked = levelOf(this.#users.get(nameKey), now, HOUR_MS / ATTACK_PER_HOUR) >= ATTACK_PER_HOUR;
    const free = device === null && attacked ? FREE_UNDER_ATTACK : FREE;
    const wait = failures.at + waitAfterFailures(failures.count, free) - now;
    if (wait > 0) return wait;
    if (device === null) {
      const used = levelOf(this.#networks.get(network), now, NETWORK_REFILL_MS);
      if (used >= NETWORK_BURST) return Math.ceil((used - NETWORK_BURST + 1) * NETWORK_REFILL_MS);
      this.#networks.set(network, { level: used + 1, at: now });
    }
    this.#failures.set(keyOf(source), { count: failures.count + 1, at: now });
    const level = levelOf(this.#users.get(nameKey), now, HOUR_MS / ATTACK_PER_HOUR);
    this.#users.set(nameKey, { level: Math.min(2 * ATTACK_PER_HOUR, level + 1), at: now });
    return 0;
  }

  /** Takes back that a try has failed, and forgets the failures before it. */
  succeeded(source: LoginSource, now: Millis): void {
    this.#failures.delete(keyOf(source));
    takeBack(this.#networks, source.device === null ? source.network : null, now, NETWORK_REFILL_MS);
    takeBack(this.#users, source.nameKey, now, HOUR_MS / ATTACK_PER_HOUR);
  }

  #failuresOf(source: LoginSource, now: Millis): Failures {
    const known = this.#failures.get(keyOf(source));
    return known === undefined || now - known.at > FORGOTTEN_AFTER_MS ? { count: 0, at: now } : known;
  }
}

function keyOf({ nameKey, network, device }: LoginSource): string {
  return device === null ? `${network} ${nameKey}` : `device ${device} ${nameKey}`;
}

/** A level now, having fallen by one each `perMs`; a clock that was set back lets nothing fall. */
function levelOf(noted: Level | undefined, now: Millis, perMs: Millis): number {
  return noted === undefined ? 0 : Math.max(0, noted.level - Math.max(0, now - noted.at) / perMs);
}

function takeBack(levels: Lru<string, Level>, key: string | null, now: Millis, perMs: Millis): void {
  if (key === null) return;
  const level = levelOf(levels.get(key), now, perMs) - 1;
  if (level > 0) levels.set(key, { level, at: now });
  else levels.delete(key);
}
