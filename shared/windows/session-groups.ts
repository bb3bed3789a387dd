import TinyQueue from 'tinyqueue';
import type { Millis } from '../core/clock.js';
import type { Session } from './session.js';

/** What a replay has to know of a group beside the records. */
export interface HeldGroup {
  /** Offset of the record that the group came with: what is before it counts no more. */
  readonly since: number;
  /** Up to this time everything is out or late; -Infinity when nothing is. */
  readonly closed: Millis;
}

/** A group of a session store. */
export interface Group<A> extends HeldGroup {
  readonly number: number;
  closed: Millis;
  /** By time, no two of them less than a gap apart. */
  readonly open: Session<A>[];
  /** Watermark at which there is something to do; earlier than necessary, never later. */
  due: Millis;
  /** Stands in the queue of {@link FadingGroups}. */
  fading: boolean;
}

type Fading = Pick<Group<unknown>, 'number' | 'closed' | 'fading'> & { readonly open: { length: number } };

/** Groups without open sessions, until no record could be anything but late for the last one. */
export class FadingGroups {
  readonly #queue = new TinyQueue<{ due: Millis; group: Fading }>([], (a, b) => a.due - b.due);

  /** @param keepMs how far the watermark must be behind what is closed */
  constructor(private readonly keepMs: Millis) {}

  /** The watermark at which to look again; infinite when there is no group. */
  get due(): Millis {
    return this.#queue.peek()?.due ?? Number.POSITIVE_INFINITY;
  }

  add(group: Fading): void {
    if (group.fading) return;
    group.fading = true;
    this.#queue.push({ due: group.closed + this.keepMs, group });
  }

  /** Takes out the numbers of those to be forgotten at this watermark. */
  *take(watermark: Millis): Generator<number> {
    for (
      let next = this.#queue.peek();
      next !== undefined && next.due <= watermark;
      next = this.#queue.peek()
    ) {
      this.#queue.pop();
      const { group } = next;
      group.fading = false;
      // It comes back when its session closes.
      if (group.open.length > 0) continue;
      if (group.closed + this.keepMs > watermark) this.add(group);
      else yield group.number;
    }
  }
}
