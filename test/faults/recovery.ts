/**
 * How fresh the outputs are: each has parts (of the partitions), and each part something new now and then. An output is
 * fresh while the newest of every part is no older than the limit.
 */
export class Freshness {
  /** By output and part, the event time of what came last. */
  readonly #newest = new Map<string, number>();
  #staleAt = Number.NEGATIVE_INFINITY;

  constructor(
    parts: readonly string[],
    private readonly limitMs: number,
  ) {
    for (const part of parts) this.#newest.set(part, Number.NEGATIVE_INFINITY);
  }

  saw(part: string, eventTime: number): void {
    const before = this.#newest.get(part);
    if (before !== undefined && eventTime > before) this.#newest.set(part, eventTime);
  }

  /** The parts that are older than they may be; to be called all the time. */
  look(now: number): string[] {
    const stale = [...this.#newest].filter(([, at]) => now - at > this.limitMs).map(([part]) => part);
    if (stale.length > 0) this.#staleAt = now;
    return stale;
  }

  /** When it was seen last that something is too old; minus infinity for never. */
  get staleAt(): number {
    return this.#staleAt;
  }
}

/** What a fault did, as far as outputs show; times are those of the wall clock. */
export interface Recovery {
  readonly beganAt: number;
  readonly endedAt: number;
  /** When everything was fresh again; null when it was not in the time that it had. */
  readonly backAt: number | null;
}

/** From the fault's end, and from its beginning; 0 where nothing was late for it. Null where it did not recover. */
export function recoveryMs({ beganAt, endedAt, backAt }: Recovery): {
  readonly fromEnd: number | null;
  readonly fromBeginning: number | null;
} {
  if (backAt === null) return { fromEnd: null, fromBeginning: null };
  return { fromEnd: Math.max(0, backAt - endedAt), fromBeginning: Math.max(0, backAt - beganAt) };
}
