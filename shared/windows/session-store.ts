import TinyQueue from 'tinyqueue';
import type { Millis } from '../core/clock.js';
import { SharedRoom } from '../core/tenant-shares.js';
import type { Arrival } from './arrival.js';
import { type GroupLimits, type Outcome, tenantsOf } from './group-limits.js';
import type { Missed } from './pane-store.js';
import { type Fold, Session } from './session.js';
import { FadingGroups, type Group, type HeldGroup } from './session-groups.js';

/** Sessions of a gap; for `name` and `graceMs` see `WindowDefinition`. */
export interface SessionWindow {
  readonly name: string;
  /** A pause of at least this length ends a session. */
  readonly gapMs: Millis;
  readonly graceMs: Millis;
  /** A session that spans this much is cut; at least twice the gap. */
  readonly maxMs: Millis;
}

/** A closed session, or the front of a long one; `acc` is the receiver's to keep. */
export type EmitSession<A, D> = (
  definition: D,
  group: number,
  start: Millis,
  end: Millis,
  watermark: Millis,
  acc: A,
) => void;

interface Due<A> {
  readonly due: Millis;
  readonly group: Group<A>;
}

/** Called whenever what is to be kept of a group has changed; null when it is forgotten. */
export type HeldChanged = (group: number, held: HeldGroup | null) => void;

/**
 * The open sessions of one definition.
 *
 * A session is a longest run of a group's records in which each follows the one before within less
 * than the gap; `start` is its first timestamp, `end` its last one plus the gap, exclusive. It is
 * emitted when the watermark reaches its end. What a group's sessions are follows from the set of
 * its accepted records alone, not from their order (Akidau et al. 2015, "The Dataflow Model", treat
 * sessions as windows that merge).
 *
 * Length: a session whose records span `maxMs` or more is cut at the first multiple of `maxMs` since
 * the epoch behind its start, and what follows is a session of its own. That too follows from the
 * set of records.
 *
 * Lateness: a record is late when the session that it would form or join is closed. For each group
 * the store remembers up to which time it is closed: the end of the last session that went out, or
 * the time after a record that was late. A record before that is late; so is one that is a gap
 * behind the watermark and joins no open session, and one that is a gap and `maxMs` behind: its
 * session would have been cut behind it. A closed group is forgotten when such a record could not
 * be anything but late.
 *
 * Replay: with what {@link HeldChanged} was called with up to a point in the log, the records before that point,
 * from {@link oldestOffset} on, give the open sessions of that point. All records of a held group
 * since it came that are not before its `closed` had been accepted, and the sessions that they are in
 * were open. So {@link replay} needs to know neither the order in which time went by nor the limit.
 */
export class SessionStore<V, A, D extends SessionWindow> {
  readonly definitions: readonly [D];
  readonly #groups = new Map<number, Group<A>>();
  readonly #queue = new TinyQueue<Due<A>>([], (a, b) => a.due - b.due || a.group.since - b.group.since);
  readonly #fading: FadingGroups;
  #closesAt: Millis = Number.POSITIVE_INFINITY;
  #open = 0;
  readonly #room: SharedRoom;

  /** @param limits of groups that are held, those with closed sessions included */
  constructor(
    private readonly definition: D,
    private readonly limits: GroupLimits,
    private readonly fold: Fold<V, A>,
    private readonly changed: HeldChanged = () => undefined,
  ) {
    this.definitions = [definition];
    this.#room = new SharedRoom(limits.max, limits.maxOfTenant);
    this.#fading = new FadingGroups(definition.gapMs + definition.maxMs);
  }

  /** Takes a record into its session; if it is late, appends the session of its own to `missed`. */
  add(number: number, { value, at, offset, time }: Arrival<V>, missed: Missed[]): Outcome {
    const { name, gapMs, graceMs } = this.definition;
    const watermark = time - graceMs;
    const held = this.#groups.get(number);
    if (this.#isLate(held, at, watermark)) {
      const end = held !== undefined && at < held.closed ? held.closed : at + gapMs;
      missed.push({ window: name, start: at, end, watermark });
      // No open session begins before this record: nothing that counts is shut out.
      if (held !== undefined && at >= held.closed) this.#closeUpTo(held, at + 1);
      return 'counted';
    }
    const group = held ?? this.#admit(number, offset, watermark);
    if (typeof group === 'string') return group;
    this.#take(group, value, at, offset);
    return 'counted';
  }

  /** Makes a group known as it was held when the log had been read up to the end of the replay. */
  hold(number: number, { since, closed }: HeldGroup): void {
    this.#fade(this.#newGroup(number, since, closed));
  }

  /**
   * Takes a record in again that was in the log before the groups were held as they are.
   *
   * @returns false for one that is in no open session
   */
  replay(number: number, { value, at, offset }: Arrival<V>): boolean {
    const held = this.#groups.get(number);
    if (held === undefined || offset < held.since || at < held.closed) return false;
    this.#take(held, value, at, offset);
    return true;
  }

  /** The figures of the open session with a record at this time; undefined where there is none. */
  figuresAt(number: number, at: Millis): A | undefined {
    return this.#groups
      .get(number)
      ?.open.find(({ first, last }) => at >= first && at <= last)
      ?.figuresAt(at);
  }

  /** Stream time at which there is something to close or to forget; infinite when there is nothing. */
  get closesAt(): Millis {
    return this.#closesAt;
  }

  /** True when `close` has something to do at this stream time. */
  closes(time: Millis): boolean {
    return time >= this.#closesAt;
  }

  /** Hands every session that the watermark has passed to `emit`, by end; forgets what is over for good. */
  close(time: Millis, emit: EmitSession<A, D>): void {
    const watermark = time - this.definition.graceMs;
    for (
      let next = this.#queue.peek();
      next !== undefined && next.due <= watermark;
      next = this.#queue.peek()
    ) {
      this.#queue.pop();
      // Another entry of the group was due before this one.
      if (next.due === next.group.due) this.#closeGroup(next.group, next.due, watermark, emit);
    }
    this.#forget(watermark);
    this.#schedule();
  }

  /**
   * Offset of the oldest record that an open session still needs; infinite when there is none. By
   * event time it is no further behind the watermark than the longest session and a gap.
   */
  get oldestOffset(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { open } of this.#groups.values())
      for (const session of open) oldest = Math.min(oldest, session.oldestOffset);
    return oldest;
  }

  /** Number of open sessions. */
  get size(): number {
    return this.#open;
  }

  /** Number of groups that are held. */
  get groups(): number {
    return this.#groups.size;
  }

  /** Calls back with every group that is held. */
  eachGroup(callback: (group: number) => void): void {
    for (const group of this.#groups.keys()) callback(group);
  }

  #isLate(held: Group<A> | undefined, at: Millis, watermark: Millis): boolean {
    const { gapMs, maxMs } = this.definition;
    if (held !== undefined && at < held.closed) return true;
    if (at + gapMs > watermark) return false;
    if (held === undefined || at + gapMs + maxMs <= watermark) return true;
    return !held.open.some((session) => session.touches(at, gapMs));
  }

  /** The new group, or why there is no room for it. */
  #admit(number: number, since: number, watermark: Millis): Group<A> | Exclude<Outcome, 'counted'> {
    const { share } = this.#room;
    if (this.#groups.size >= share) this.#forget(watermark);
    // Whose a group is takes decoding.
    if (this.#groups.size >= share || this.#room.counting) {
      const tenant = this.limits.tenantOf(number);
      const tenants = () => tenantsOf(this.limits, this.#groups.keys());
      const refused = this.#room.refuses(tenant, this.#groups.size, tenants);
      if (refused !== null) return refused;
      this.#room.added(tenant);
    }
    const group = this.#newGroup(number, since, Number.NEGATIVE_INFINITY);
    this.changed(number, group);
    return group;
  }

  #newGroup(number: number, since: number, closed: Millis): Group<A> {
    const group = { number, since, closed, open: [], due: Number.POSITIVE_INFINITY, fading: false };
    this.#groups.set(number, group);
    return group;
  }

  #take(group: Group<A>, value: V, at: Millis, offset: number): void {
    const known = this.#sessionFor(group, at);
    const session = known ?? new Session<A>(this.definition.maxMs);
    session.add(this.fold, value, at, offset);
    if (known === undefined) {
      group.open.push(session);
      group.open.sort((a, b) => a.first - b.first);
      this.#open += 1;
    }
    this.#expect(group, session.dueAt(this.definition.gapMs));
  }

  /** The session that a record at `at` belongs to; two that it joins are made one. */
  #sessionFor({ open }: Group<A>, at: Millis): Session<A> | undefined {
    const { gapMs } = this.definition;
    const index = open.findIndex((session) => session.touches(at, gapMs));
    const later = open[index + 1];
    if (index >= 0 && later?.touches(at, gapMs)) {
      open[index]?.join(this.fold, later);
      open.splice(index + 1, 1);
      this.#open -= 1;
    }
    return open[index];
  }

  #closeGroup(group: Group<A>, due: Millis, watermark: Millis, emit: EmitSession<A, D>): void {
    const { definition, fold } = this;
    const { gapMs } = definition;
    // Only the first can be due: the others begin after its end.
    for (
      let session = group.open[0];
      session !== undefined && session.dueAt(gapMs) <= due;
      session = group.open[0]
    ) {
      const { part, over } = session.take(fold, gapMs);
      emit(definition, group.number, part.start, part.end, watermark, part.acc);
      this.#closeUpTo(group, part.end);
      if (!over) continue;
      group.open.shift();
      this.#open -= 1;
    }
    group.due = Number.POSITIVE_INFINITY;
    for (const session of group.open) this.#expect(group, session.dueAt(gapMs));
    if (group.open.length === 0) this.#fade(group);
  }

  #closeUpTo(group: Group<A>, time: Millis): void {
    group.closed = time;
    this.changed(group.number, group);
  }

  #fade(group: Group<A>): void {
    this.#fading.add(group);
    this.#schedule();
  }

  #forget(watermark: Millis): void {
    for (const number of this.#fading.take(watermark)) {
      this.#groups.delete(number);
      if (this.#room.counting) this.#room.removed(this.limits.tenantOf(number), this.#groups.size);
      this.changed(number, null);
    }
  }

  #expect(group: Group<A>, due: Millis): void {
    if (due >= group.due) return;
    group.due = due;
    this.#queue.push({ due, group });
    this.#schedule();
  }

  #schedule(): void {
    const due = this.#queue.peek()?.due ?? Number.POSITIVE_INFINITY;
    this.#closesAt = Math.min(due, this.#fading.due) + this.definition.graceMs;
  }
}
