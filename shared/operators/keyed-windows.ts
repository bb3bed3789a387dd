import type { Millis } from '../core/clock.js';
import type { Arrival } from '../windows/arrival.js';
import { limitOf, type Outcome } from '../windows/group-limits.js';
import type { FullWindow, OpenWindows } from '../windows/keyed-batch.js';
import type { AlignedWindow, Missed, OpenPane } from '../windows/pane-store.js';
import { PaneStore } from '../windows/pane-store.js';
import { SessionStore, type SessionWindow } from '../windows/session-store.js';
import type { Aggregate } from './aggregate.js';
import type { KeyIndex } from './key-index.js';
import type { ClosedWindow } from './options.js';

/** More open panes than this are no stream's disorder: the record that wants one more is refused. */
const MAX_PANES = 10_000;

type TakeWindow<A> = (group: number, start: Millis, end: Millis, watermark: Millis, acc: A) => void;

/** The open windows of one operator, by the numbers of their keys: aligned ones or sessions. */
export interface WindowStore<T, A> {
  readonly window: FullWindow;
  add(group: number, arrival: Arrival<T>, missed: Missed[]): Outcome;
  /** Stream time at which there is something to close. */
  readonly closesAt: Millis;
  close(time: Millis, take: TakeWindow<A>): void;
  eachGroup(callback: (group: number) => void): void;
}

/** Windows of records of any type, with an aggregate of the user's. */
export class KeyedWindows<T, A, R> implements OpenWindows<T, readonly ClosedWindow<R>[]> {
  #closed: ClosedWindow<R>[] = [];

  constructor(
    private readonly store: WindowStore<T, A>,
    private readonly keys: KeyIndex,
    private readonly aggregate: Aggregate<T, A, R>,
  ) {}

  get closesAt(): Millis {
    return this.store.closesAt;
  }

  close(time: Millis): void {
    this.store.close(time, (group, start, end, watermark, acc) => {
      const result = this.aggregate.result(acc);
      this.#closed.push({ key: this.keys.keyOf(group), start, end, watermark, result });
    });
    this.keys.released();
  }

  add(key: number, arrival: Arrival<T>, missed: Missed[]): FullWindow | null {
    const { store, keys } = this;
    if (!keys.admit(key)) return store.window;
    const outcome = store.add(key, arrival, missed);
    if (missed.length > 0) keys.released();
    return outcome === 'counted' ? null : store.window;
  }

  /** There is no log to read again. */
  replay(): void {}

  takeClosed(): readonly ClosedWindow<R>[] {
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }
}

/** Tumbling and hopping windows. */
export function alignedWindows<T, A, R>(
  window: AlignedWindow,
  maxKeys: number,
  aggregate: Aggregate<T, A, R>,
): WindowStore<T, A> {
  type Panes = PaneStore<T, KeyPane<T, A>, AlignedWindow>;
  const store: Panes = new PaneStore([window], limitOf(maxKeys), () => new KeyPane(aggregate), MAX_PANES);
  return {
    window,
    add: (group, arrival, missed) => store.add(group, arrival, missed),
    get closesAt() {
      return store.closesAt;
    },
    close: (time, take) =>
      store.close(time, (_, start, end, watermark, panes) => {
        for (const group of new Set(panes.flatMap(({ groups }) => groups)))
          take(group, start, end, watermark, merged(aggregate, panes, group));
      }),
    eachGroup: (callback) => store.eachGroup(callback),
  };
}

export function sessionWindows<T, A, R>(
  window: SessionWindow,
  maxSessions: number,
  aggregate: Aggregate<T, A, R>,
): WindowStore<T, A> {
  const store = new SessionStore<T, A, SessionWindow>(window, limitOf(maxSessions), aggregate);
  return {
    window,
    add: (group, arrival, missed) => store.add(group, arrival, missed),
    get closesAt() {
      return store.closesAt;
    },
    close: (time, take) =>
      store.close(time, (_, group, start, end, watermark, acc) => take(group, start, end, watermark, acc)),
    eachGroup: (callback) => store.eachGroup(callback),
  };
}

/** A pane of accumulators. */
class KeyPane<T, A> implements OpenPane<T> {
  start: Millis = 0;
  oldestOffset = 0;
  groups: number[] = [];
  readonly accs = new Map<number, A>();

  constructor(private readonly aggregate: Aggregate<T, A, unknown>) {}

  get size(): number {
    return this.groups.length;
  }

  reset(start: Millis, offset: number): void {
    this.start = start;
    this.oldestOffset = offset;
    this.groups = [];
    this.accs.clear();
  }

  has(group: number): boolean {
    return this.accs.has(group);
  }

  add(group: number, record: T, at: Millis): void {
    const held = this.has(group);
    const acc = held ? (this.accs.get(group) as A) : this.aggregate.create();
    this.accs.set(group, this.aggregate.add(acc, record, at));
    if (!held) this.groups.push(group);
  }

  eachGroup(callback: (group: number) => void): void {
    for (const group of this.groups) callback(group);
  }
}

function merged<T, A>(
  aggregate: Aggregate<T, A, unknown>,
  panes: readonly KeyPane<T, A>[],
  group: number,
): A {
  const having = panes.filter((pane) => pane.has(group));
  const [only] = having;
  if (only !== undefined && having.length === 1) return only.accs.get(group) as A;
  return having.reduce((acc, pane) => aggregate.merge(acc, pane.accs.get(group) as A), aggregate.create());
}
