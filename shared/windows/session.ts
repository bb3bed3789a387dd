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

/** What goes out of a session: all of it, or the part of a long one in one stretch of time. */
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
  /** Kept after it is out, so that a replay sees that the session is a long one. */
  out: boolean;
}

/** An open session. Its aggregate is kept in pieces, most often a single one. */
export class Session<A> {
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  /** By time. */
  readonly #pieces: Piece<A>[] = [];

  constructor(private readonly maxMs: Millis) {}

  get oldestOffset(): number {
    return this.#pieces.reduce(
      (oldest, piece) => Math.min(oldest, piece.oldestOffset),
      Number.POSITIVE_INFINITY,
    );
  }

  /** True for a time inside one of the pieces that are not out yet. */
  covers(at: Millis, gapMs: Millis): boolean {
    const piece = this.#pieceAt(at);
    return piece?.out === false && at >= piece.first && at < piece.last + gapMs;
  }

  /** True when a record at this time belongs to the session. */
  touches(at: Millis, gapMs: Millis): boolean {
    return at < this.last + gapMs && at > this.first - gapMs;
  }

  /** The watermark at which the session ends, or else a piece of it can go out. */
  dueAt(gapMs: Millis): Millis {
    const end = this.last + gapMs;
    if (!this.#long) return end;
    const piece = this.#pieces.find(({ out }) => !out);
    return piece === undefined ? end : Math.min(end, this.#finalAt(piece, gapMs));
  }

  add<V>(fold: Fold<V, A>, value: V, at: Millis, offset: number): void {
    this.first = Math.min(this.first, at);
    this.last = Math.max(this.last, at);
    const piece = this.#pieceAt(at);
    if (piece === undefined) {
      const cell = Math.floor(at / this.maxMs);
      const acc = fold.add(fold.create(), value, at);
      this.#put({ cell, first: at, last: at, oldestOffset: offset, acc, out: false });
      return;
    }
    piece.acc = fold.add(piece.acc, value, at);
    piece.first = Math.min(piece.first, at);
    piece.last = Math.max(piece.last, at);
    piece.oldestOffset = Math.min(piece.oldestOffset, offset);
  }

  /** Takes in a later session, which must not be used any more. */
  join<V>(fold: Fold<V, A>, later: Session<A>): void {
    this.last = later.last;
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

  /** What can go out at this watermark: all if the session has ended by it. */
  take<V>(fold: Fold<V, A>, gapMs: Millis, watermark: Millis): SessionPart<A>[] {
    const ended = this.last + gapMs <= watermark;
    if (!this.#long) {
      if (!ended) return [];
      const [head, ...rest] = this.#pieces as [Piece<A>, ...Piece<A>[]];
      const acc = rest.reduce((into, piece) => fold.merge(into, piece.acc), head.acc);
      return [{ start: this.first, end: this.last + gapMs, acc }];
    }
    const parts: SessionPart<A>[] = [];
    for (const piece of this.#pieces) {
      if (piece.out || !(ended || this.#finalAt(piece, gapMs) <= watermark)) continue;
      const cellEnd = this.#endOf(piece);
      parts.push({ start: piece.first, end: Math.min(piece.last + gapMs, cellEnd), acc: piece.acc });
      piece.out = true;
      piece.acc = fold.create();
    }
    // The newest piece that is out stays, without its aggregate.
    while (this.#pieces[1]?.out === true) this.#pieces.shift();
    return parts;
  }

  get #long(): boolean {
    return this.last - this.first >= this.maxMs;
  }

  #endOf({ cell }: Piece<A>): Millis {
    return (cell + 1) * this.maxMs;
  }

  /**
   * Two gaps behind the piece. A session that is open then has a record more than a gap behind the
   * piece, and its first record in the piece is less than a gap from the beginning: the piece
   * alone shows a replay that the session is a long one, and that the piece was out.
   */
  #finalAt(piece: Piece<A>, gapMs: Millis): Millis {
    return this.#endOf(piece) + 2 * gapMs;
  }

  #pieceAt(at: Millis): Piece<A> | undefined {
    const cell = Math.floor(at / this.maxMs);
    return this.#pieces.find((piece) => piece.cell === cell);
  }

  #put(piece: Piece<A>): void {
    this.#pieces.push(piece);
    this.#pieces.sort((a, b) => a.cell - b.cell);
  }
}
