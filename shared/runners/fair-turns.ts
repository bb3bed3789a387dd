/** What a flow may ask for, beside others. */
export interface Claim {
  /** Records of it for each of another one, in proportion to that one's. */
  readonly weight: number;
  /** As long as one of a higher priority has something to take, those of a lower one wait. */
  readonly priority: number;
}

/** Of whoever claims nothing. */
const EQUAL: Claim = { weight: 1, priority: 0 };

/** Records of a turn at weight 1: some milliseconds of work. */
export const QUANTUM = 2_048;
/** Smaller turns cost more than they do, longer ones keep the others waiting. */
const LEAST = 64;
const MOST = 32_768;

interface Flow<K> {
  readonly key: K;
  claim: Claim;
  /** What is left of its turn; below 0 where it took more. */
  deficit: number;
  ready: boolean;
}

export interface Turn<K> {
  readonly key: K;
  /** Most records to take. */
  readonly most: number;
}

/**
 * Whose turn it is, of those who have records to take: deficit round robin (Shreedhar, Varghese 1996) with the two
 * lists of FQ-CoDel (RFC 8290). Who has had nothing comes before those who have more than they got a turn for,
 * so that one with much to take delays one with little by a turn and no more. It holds nothing, and knows nothing of records but their number.
 */
export class FairTurns<K> {
  readonly #flows = new Map<K, Flow<K>>();
  /** Those that had nothing, in the order in which they got something. */
  #fresh: Flow<K>[] = [];
  /** The others, the next one first. One that has nothing any more stays until it is passed by, so that it gains nothing by it. */
  #known: Flow<K>[] = [];

  /** Changes what is claimed, from the next turn on. */
  claim(key: K, claim: Claim): void {
    this.#flow(key).claim = claim;
  }

  /** It has something to take. */
  ready(key: K): void {
    const flow = this.#flow(key);
    if (flow.ready) return;
    flow.ready = true;
    if (this.#known.includes(flow)) return;
    flow.deficit = turnOf(flow.claim);
    this.#fresh.push(flow);
  }

  /** It has nothing to take. */
  idle(key: K): void {
    const flow = this.#flow(key);
    if (!flow.ready) return;
    flow.ready = false;
    const at = this.#fresh.indexOf(flow);
    if (at < 0) return;
    this.#fresh.splice(at, 1);
    this.#known.push(flow);
  }

  remove(key: K): void {
    const flow = this.#flows.get(key);
    this.#flows.delete(key);
    this.#fresh = this.#fresh.filter((other) => other !== flow);
    this.#known = this.#known.filter((other) => other !== flow);
  }

  /**
   * Who is next; null when nobody may be.
   *
   * @param may false for those that have something and may not take it yet
   */
  next(may: (key: K) => boolean): Turn<K> | null {
    const able = new Set<Flow<K>>();
    let priority = Number.NEGATIVE_INFINITY;
    for (const flow of this.#flows.values()) {
      if (!flow.ready || !may(flow.key)) continue;
      able.add(flow);
      priority = Math.max(priority, flow.claim.priority);
    }
    const isNext = (flow: Flow<K>) => able.has(flow) && flow.claim.priority === priority;
    while (able.size > 0) {
      const flow = this.#fresh.find(isNext) ?? this.#passUntil(isNext);
      if (flow === undefined) return null;
      if (flow.deficit > 0) return { key: flow.key, most: flow.deficit };
      // Its turn is over: to the end, with the next one.
      flow.deficit += turnOf(flow.claim);
      this.#fresh = this.#fresh.filter((other) => other !== flow);
      this.#known = [...this.#known.filter((other) => other !== flow), flow];
    }
    return null;
  }

  took(key: K, records: number): void {
    this.#flow(key).deficit -= records;
  }

  /** The first of the known ones that is next; those before it that have nothing are passed by. */
  #passUntil(isNext: (flow: Flow<K>) => boolean): Flow<K> | undefined {
    const found = this.#known.find(isNext);
    const at = found === undefined ? this.#known.length : this.#known.indexOf(found);
    if (this.#known.some(({ ready }, i) => i < at && !ready))
      this.#known = this.#known.filter(({ ready }, i) => i >= at || ready);
    return found;
  }

  #flow(key: K): Flow<K> {
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    const flow: Flow<K> = { key, claim: EQUAL, deficit: 0, ready: false };
    this.#flows.set(key, flow);
    return flow;
  }
}

/** Records of a turn. */
function turnOf({ weight }: Claim): number {
  return Math.min(MOST, Math.max(LEAST, Math.round(QUANTUM * weight)));
}
