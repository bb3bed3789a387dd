import TinyQueue from 'tinyqueue';
import type { Millis } from '../core/clock.js';
import type { Missed, Outcome } from './pane-store.js';
import { type Fold, Session } from './session.js';

/** Sessions of a gap; for `name` and `graceMs` see `WindowDefinition`. */
export interface SessionWindow {
  readonly name: string;
  /** A pause of at least this length ends a session. */
  readonly gapMs: Millis;
  readonly graceMs: Millis;
  /** A session that spans this much is reported in pieces; at least twice the gap. */
  readonly maxMs: Millis;
}

/** A closed session, or a piece of a long one; `acc` is the receiver's to keep. */
export type EmitSession<A, D> = (
  definition: D,
  group: number,
  start: Millis,
  end: Millis,
  watermark: Millis,
  acc: A,
) => void;

/** The open sessions of one group, by time, no two of them less than a gap apart. */
interface Group<A> {
  readonly number: number;
  readonly open: Session<A>[];
  /** Watermark at which there is something to do; earlier than necessary, never later. */
  due: Millis;
}

interface Due<A> {
  readonly due: Millis;
  readonly group: Group<A>;
}

/**
 * The open sessions of one definition.
 *
 * A session is a longest run of a group's records in which each follows the one before within less
 * than the gap; `start` is its first timestamp, `end` its last one plus the gap, exclusive. It is
 * emitted when the watermark reaches its end. What a group's sessions are follows from the set of
 * its accepted records alone, not from their order (Akidau et al. 2015, "The Dataflow Model", treat
 * sessions as windows that merge).
 *
 * Lateness: a record behind the watermark is late unless it lies inside an open session, from its
 * first timestamp to its end. So an accepted record never touches a session that is already out:
 * that one ended at or before the watermark.
 *
 * Length: a session whose records span `maxMs` or more is cut at each multiple of `maxMs` since the
 * epoch, and its pieces are emitted when nothing can join them any more. That too follows from the
 * set of records, and it bounds the replay: see {@link oldestOffset}. (At such a multiple, what a
 * record behind the watermark must lie inside of is the piece on its own side.)
 *
 * Replay: the same records from `oldestOffset` on, with the stream times that they met before, give
 * the same open sessions; what `close` hands out up to the checkpoint was handed out before.
 * The limit of sessions is the exception: a record that it refused may find room.
 */
export class SessionStore<V, A, D extends SessionWindow> {
  readonly definitions: readonly [D];
  readonly #groups = new Map<number, Group<A>>();
  readonly #queue = new TinyQueue<Due<A>>([], (a, b) => a.due - b.due || a.group.number - b.group.number);
  #closesAt: Millis = Number.POSITIVE_INFINITY;
  #open = 0;

  /** @param maxSessions most open sessions; a record that would open one more is refused */
  constructor(
    private readonly definition: D,
    private readonly maxSessions: number,
    private readonly fold: Fold<V, A>,
  ) {
    this.definitions = [definition];
  }

  /** Takes a record into its session; if it is late, appends the session of its own to `missed`. */
  add(group: number, value: V, at: Millis, offset: number, time: Millis, missed: Missed[]): Outcome {
    const { name, gapMs, graceMs } = this.definition;
    const watermark = time - graceMs;
    const held = this.#groups.get(group);
    if (at < watermark && !held?.open.some((session) => session.covers(at, gapMs))) {
      missed.push({ window: name, start: at, watermark });
      return 'counted';
    }
    const session = held === undefined ? undefined : this.#sessionFor(held, at);
    if (held !== undefined && session !== undefined) {
      session.add(this.fold, value, at, offset);
      this.#expect(held, session.dueAt(gapMs));
      return 'counted';
    }
    if (this.#open >= this.maxSessions) return 'full';
    this.#begin(held ?? this.#newGroup(group), value, at, offset);
    return 'counted';
  }

  /** Stream time at which there is something to close; infinite when there is nothing. */
  get closesAt(): Millis {
    return this.#closesAt;
  }

  /** True when `close` has something to do at this stream time. */
  closes(time: Millis): boolean {
    return time >= this.#closesAt;
  }

  /** Hands every session that the watermark has passed to `emit`, by end, and forgets it. */
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
    this.#schedule();
  }

  /**
   * Offset of the oldest record that an open session still needs; infinite when there is none. By
   * event time it is no further back than twice the longest session, two gaps and the grace.
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

  /** Calls back with every group that has an open session. */
  eachGroup(callback: (group: number) => void): void {
    for (const group of this.#groups.keys()) callback(group);
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

  #newGroup(number: number): Group<A> {
    const group: Group<A> = { number, open: [], due: Number.POSITIVE_INFINITY };
    this.#groups.set(number, group);
    return group;
  }

  #begin(group: Group<A>, value: V, at: Millis, offset: number): void {
    const session = new Session<A>(this.definition.maxMs);
    session.add(this.fold, value, at, offset);
    group.open.push(session);
    group.open.sort((a, b) => a.first - b.first);
    this.#open += 1;
    this.#expect(group, session.dueAt(this.definition.gapMs));
  }

  #closeGroup(group: Group<A>, due: Millis, watermark: Millis, emit: EmitSession<A, D>): void {
    const { definition, fold } = this;
    const { gapMs } = definition;
    for (const session of [...group.open]) {
      for (const { start, end, acc } of session.take(fold, gapMs, due))
        emit(definition, group.number, start, end, watermark, acc);
      if (session.last + gapMs > due) continue;
      group.open.splice(group.open.indexOf(session), 1);
      this.#open -= 1;
    }
    group.due = Number.POSITIVE_INFINITY;
    for (const session of group.open) this.#expect(group, session.dueAt(gapMs));
    if (group.open.length === 0) this.#groups.delete(group.number);
  }

  #expect(group: Group<A>, due: Millis): void {
    if (due >= group.due) return;
    group.due = due;
    this.#queue.push({ due, group });
    this.#schedule();
  }

  #schedule(): void {
    const next = this.#queue.peek();
    this.#closesAt = next === undefined ? Number.POSITIVE_INFINITY : next.due + this.definition.graceMs;
  }
}
