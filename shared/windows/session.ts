import type { Millis } from '../core/clock.js';

/** How values become an aggregate `A`, and two aggregates one. */
export interface Fold<V, A> {
  /** The aggregate of nothing. */
  create(): A;
  /** Takes a value in; may change `into` and give it back. */
  add(into: A, value: V, at: Millis): A;
  /** Takes another aggregate in; may change `into` and give it back, but not `from`. */
  merge(into: A, from: A): A;
}

/** What goes out of a session: all of it, or the front of a long one. */
export interface SessionPart<A> {
  readonly start: Millis;
  readonly end: Millis;
  readonly acc: A;
}

/** The part of a session between two multiples of the longest session. */
interface Piece<A> {
  /** Number of the stretch of time. */
  readonly cell: number;
  first: Millis;
  last: Millis;
  oldestOffset: number;
  acc: A;
}

/** An open session. Its aggregate is kept in pieces, most often a single one, along which it may be cut. */
export class Session<A> {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  /** Of its records. */
  oldestOffset = Number.POSITIVE_INFINITY;
  /** By time. */
  readonly #pieces: Piece<A>[] = [];

  constructor(private readonly maxMs: Millis) {}

  /** True when a record at this time belongs to the session. */
  touches(at: Millis, gapMs: Millis): boolean {
    return at < this.last + gapMs && at > this.first - gapMs;
  }

  /** The watermark at which the session ends, or at which its front can go out. */
  dueAt(gapMs: Millis): Millis {
    return this.#long ? this.#cutAt : this.last + gapMs;
  }

  add<V>(fold: Fold<V, A>, value: V, at: Millis, offset: number): void {
    if (at < this.first) this.first = at;
    if (at > this.last) this.last = at;
    if (offset < this.oldestOffset) this.oldestOffset = offset;
    const cell = Math.floor(at / this.maxMs);
    const piece = this.#pieces.find((each) => each.cell === cell);
    if (piece === undefined) {
      const acc = fold.add(fold.create(), value, at);
      this.#put({ cell, first: at, last: at, oldestOffset: offset, acc });
      return;
    }
    piece.acc = fold.add(piece.acc, value, at);
    if (at < piece.first) piece.first = at;
    if (at > piece.last) piece.last = at;
    if (offset < piece.oldestOffset) piece.oldestOffset = offset;
  }

  /** The figures that a record at this time is in. */
  figuresAt(at: Millis): A | undefined {
    const cell = Math.floor(at / this.maxMs);
    return this.#pieces.find((piece) => piece.cell === cell)?.acc;
  }

  /** Takes in a later session, which must not be used any more. */
  join<V>(fold: Fold<V, A>, later: Session<A>): void {
    this.last = later.last;
    this.oldestOffset = Math.min(this.oldestOffset, later.oldestOffset);
    for (const piece of later.#pieces) {
      const own = this.#pieces.find(({ cell }) => cell === piece.cell);
      if (own === undefined) {
        this.#put(piece);
        continue;
      }
      own.acc = fold.merge(own.acc, piece.acc);
      own.last = piece.last;
      own.oldestOffset = Math.min(own.oldestOffset, piece.oldestOffset);
    }
  }

  /**
   * What goes out at the time that {@link dueAt} gives: the whole session, which must not be used
   * any more, or its front. What a cut leaves is a session of its own.
   *
   * @returns the part, and whether the session is over
   */
  take<V>(fold: Fold<V, A>, gapMs: Millis): { part: SessionPart<A>; over: boolean } {
    const start = this.first;
    if (this.#long) {
      const end = this.#cutAt;
      const [{ acc }, next] = this.#pieces as [Piece<A>, Piece<A>];
      this.#pieces.shift();
      this.first = next.first;
      this.oldestOffset = Math.min(...this.#pieces.map(({ oldestOffset }) => oldestOffset));
      return { part: { start, end, acc }, over: false };
    }
    const [head, ...rest] = this.#pieces as [Piece<A>, ...Piece<A>[]];
    const acc = rest.reduce((into, piece) => fold.merge(into, piece.acc), head.acc);
    return { part: { start, end: this.last + gapMs, acc }, over: true };
  }

  get #long(): boolean {
    return this.last - this.first >= this.maxMs;
  }

  /** The first multiple of the longest session behind the first record. */
  get #cutAt(): Millis {
    return (Math.floor(this.first / this.maxMs) + 1) * this.maxMs;
  }

  #put(piece: Piece<A>): void {
    this.#pieces.push(piece);
    this.#pieces.sort((a, b) => a.cell - b.cell);
  }
}
