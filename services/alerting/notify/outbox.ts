import type { Millis } from '../../../shared/core/clock.js';
import { backoffMs } from '../../../shared/core/retry.js';
import { CircuitBreaker, type CircuitState } from '../../../shared/resilience/circuit-breaker.js';
import type { Attempt, ChannelSettings, Send } from './channel.js';
import type { EndedAttempt, Notification, Place } from './notification.js';

/** What became of a call: `rejected` was not made, because the circuit breaker is open. */
export type CallOutcome = 'success' | 'failure' | 'rejected';

export interface OutboxObserver {
  /** `failed` will be tried again, `given_up` never: the target refuses the content. */
  attempted(notification: Notification, outcome: 'delivered' | 'failed' | 'given_up', reason: string): void;
  call(channel: string, outcome: CallOutcome): void;
  /** Called at each `pump`. */
  state(channel: string, circuit: CircuitState, waiting: number): void;
}

/** A channel and how to send to it. */
export interface Line {
  readonly settings: ChannelSettings;
  readonly send: Send;
}

interface Slot {
  notification: Notification;
  failures: number;
  notBefore: Millis;
  /** An open circuit has been counted for it. */
  rejected: boolean;
  /** It was under way when it was no longer needed. */
  withdrawn: boolean;
}

const CIRCUIT = { failures: 5, openMs: 30_000 };
const BACKOFF = { baseMs: 1_000, capMs: 60_000 };

/** One channel's queue: a slot per group, one attempt at a time. */
class ChannelQueue {
  readonly slots = new Map<string, Slot>();
  readonly circuit = new CircuitBreaker(CIRCUIT);
  sending: string | null = null;
  #tokens: number;
  #filledAt: Millis | null = null;
  /** The target asked not to be called before. */
  pausedUntil: Millis = 0;

  constructor(readonly line: Line) {
    this.#tokens = line.settings.maxPerMinute;
  }

  /** Takes a token of the rate cap, if there is one (token bucket of a minute's worth). */
  takeToken(now: Millis): boolean {
    const { maxPerMinute } = this.line.settings;
    const gained = ((now - (this.#filledAt ?? now)) * maxPerMinute) / 60_000;
    this.#tokens = Math.min(maxPerMinute, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** The slot that has waited longest of those that may be tried now. */
  next(now: Millis): [key: string, slot: Slot] | null {
    if (this.sending !== null || now < this.pausedUntil) return null;
    for (const entry of this.slots) if (entry[1].notBefore <= now) return entry;
    return null;
  }
}

/**
 * Delivers notifications, one at a time per channel. A newer one of a group takes the place of one that still
 * waits, so that a channel that was away gets the present state, not the past ones. Attempts are begun by `pump`
 * only: a worker that lost the partition stops calling it and sends nothing more. A failed attempt is
 * repeated with back-off for as long as the notification is needed.
 */
export class Outbox {
  readonly #queues: ReadonlyMap<string, ChannelQueue>;
  #done: Notification[] = [];
  #attempts: EndedAttempt[] = [];
  #live = true;

  constructor(
    lines: readonly Line[],
    private readonly observer: OutboxObserver,
    private readonly random: () => number,
    private readonly signal: AbortSignal,
  ) {
    this.#queues = new Map(lines.map((line) => [line.settings.name, new ChannelQueue(line)]));
  }

  get channels(): ReadonlySet<string> {
    return new Set(this.#queues.keys());
  }

  /** Type of a channel. */
  kindOf(channel: string): string {
    return this.#queues.get(channel)?.line.settings.type ?? '';
  }

  /** Attempts under way may finish, but their outcome is ignored. */
  close(): void {
    this.#live = false;
  }

  offer(notification: Notification): void {
    const queue = this.#queues.get(notification.channel);
    if (queue === undefined) return;
    const { groupKey, channel } = notification;
    if (isNothingFor(queue.line.settings, notification)) {
      // What waits is of before: nor is it needed.
      this.withdraw(groupKey, channel);
      this.#done.push(notification);
      return;
    }
    const waiting = queue.slots.get(groupKey);
    if (waiting !== undefined) Object.assign(waiting, { notification, withdrawn: false });
    else
      queue.slots.set(groupKey, {
        ...{ notification, failures: 0, notBefore: 0, rejected: false, withdrawn: false },
      });
  }

  /** Drops the waiting notification of a group; an attempt that is under way is not repeated. */
  withdraw(groupKey: string, channel: string): void {
    const queue = this.#queues.get(channel);
    const slot = queue?.slots.get(groupKey);
    if (queue === undefined || slot === undefined) return;
    if (queue.sending === groupKey) slot.withdrawn = true;
    else queue.slots.delete(groupKey);
  }

  /** Null where there is none of the group. */
  placeOf(groupKey: string, channel: string): Place | null {
    const queue = this.#queues.get(channel);
    if (queue?.sending === groupKey) return 'sending';
    return queue?.slots.has(groupKey) ? 'waiting' : null;
  }

  /** Begins what can be sent now; `now` also gives the time of what was sent since the last call. */
  pump(now: Millis): void {
    for (const [name, queue] of this.#queues) {
      const found = queue.next(now);
      if (found !== null) this.#attempt(name, queue, found[0], found[1], now);
      this.observer.state(name, queue.circuit.state(now), queue.slots.size);
    }
  }

  /** What was delivered, or refused for good, since the last call. */
  take(): Notification[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Attempts that have ended since the last call: of each channel one at most between two calls of `pump`. */
  takeAttempts(): EndedAttempt[] {
    const ended = this.#attempts;
    this.#attempts = [];
    return ended;
  }

  #attempt(name: string, queue: ChannelQueue, key: string, slot: Slot, now: Millis): void {
    if (!queue.circuit.allows(now)) {
      if (!slot.rejected) this.observer.call(name, 'rejected');
      slot.rejected = true;
      return;
    }
    if (!queue.takeToken(now)) return;
    queue.circuit.began();
    queue.sending = key;
    const { notification } = slot;
    const sent = queue.line.settings.sendResolved ? notification : withoutEnds(notification);
    const began = performance.now();
    void queue.line.send(sent, now, this.signal).then((attempt) => {
      if (!this.#live) return;
      const at = now + (performance.now() - began);
      queue.sending = null;
      if (attempt.outcome === 'failed') this.#failed(sent, queue, slot, attempt, at);
      else {
        queue.circuit.succeeded();
        this.observer.call(name, 'success');
        const refused = attempt.outcome === 'refused';
        this.#ended(sent, refused ? 'given_up' : 'delivered', refused ? attempt.reason : '', slot, at);
        this.#done.push(notification);
        // A newer one may have come while this one was under way.
        if (slot.notification.id === notification.id) queue.slots.delete(key);
        else Object.assign(slot, { failures: 0, notBefore: 0, rejected: false });
      }
    });
  }

  #failed(
    notification: Notification,
    queue: ChannelQueue,
    slot: Slot,
    { reason, retryAfterMs }: Extract<Attempt, { outcome: 'failed' }>,
    at: Millis,
  ): void {
    this.observer.call(notification.channel, 'failure');
    this.#ended(notification, 'failed', reason, slot, at);
    slot.notBefore = at + backoffMs(slot.failures, this.random(), BACKOFF);
    slot.failures += 1;
    slot.rejected = false;
    if (slot.withdrawn) queue.slots.delete(notification.groupKey);
    if (retryAfterMs === null) queue.circuit.failed(at);
    else {
      // It answers, and says when: no failure of the target.
      queue.circuit.succeeded();
      queue.pausedUntil = at + retryAfterMs;
      slot.notBefore = Math.max(slot.notBefore, queue.pausedUntil);
    }
  }

  #ended(
    notification: Notification,
    outcome: EndedAttempt['outcome'],
    reason: string,
    { failures }: Slot,
    at: Millis,
  ): void {
    this.observer.attempted(notification, outcome, reason);
    const kind = this.kindOf(notification.channel);
    this.#attempts.push({ notification, kind, outcome, attempts: failures + 1, at: Math.round(at) });
  }
}

/** Whether a channel is not sent a notification, though it counts as delivered. */
function isNothingFor({ type, sendResolved }: ChannelSettings, notification: Notification): boolean {
  const { status, noneBegins = false, flaps = false, resolved } = notification;
  if (!sendResolved && status === 'resolved') return true;
  const endsCount = sendResolved && resolved.length > 0;
  // What was done about an alert is not done again because it flaps.
  const flapsCount = type !== 'action' && flaps;
  return noneBegins && !endsCount && !flapsCount;
}

/** For a channel that is not notified of the end of alerts. */
function withoutEnds(notification: Notification): Notification {
  const { resolved, truncated } = notification;
  if (resolved.length === 0) return notification;
  return { ...notification, resolved: [], truncated: Math.max(0, truncated - resolved.length) };
}
