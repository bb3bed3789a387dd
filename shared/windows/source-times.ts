import type { Millis } from '../core/clock.js';
import type { ForgottenSource, ProgressClaim } from '../ports/progress.js';
import type { PartitionTime, TimeNote } from '../wire/time-note.js';
import { goOnWith } from './direct-times.js';
import type { KeyedBatch } from './keyed-batch.js';
import type { StreamTimeSnapshot } from './position.js';
import { heardOf, SLOW_MS, slowUpTo } from './slow-sources.js';
import {
  allSources,
  DIRECT,
  groupOf,
  growGroup,
  heardAt,
  isHeld,
  newSource,
  type PassedOver,
  type Source,
  type SourceGroup,
  type SourceTimesOptions,
} from './source.js';
import { readSources, writeSources } from './source-snapshot.js';
import { StreamTime } from './stream-time.js';

/** Of a checkpoint that says little else. */
const SNAPSHOT_BYTES = 3_000;
/** In idle time-outs: claims begin to count after one, and take a while. */
const STANDING_TIMEOUTS = 2;
/** A time that is not known. */
const NEVER = Number.NEGATIVE_INFINITY;

/**
 * The stream time of one partition of a topic that stages write: the least of the stream times of all their
 * input partitions, so that a record is late only because of when it came to one of these. It never goes back.
 *
 * What it knows of them are the notes that travel with the records (time-note.ts). A source
 *
 * - of which nothing is known yet holds the time where it is; one that never had a record lets others go on as far as
 *   that was known;
 * - that stands still for {@link SourceTimesOptions.holdMs} while others are ahead of it is passed over, and so
 *   is one that is read to its end and yet behind others by more than the idle time-out for {@link SLOW_MS}, the
 *   slowest first, both until they have come up to the stream time. The clock of both goes by when the log took in
 *   notes, and no gap counts for more than the idle time-out: while nobody upstream is alive it stands still;
 * - without notes, which is everybody else who writes to the topic, has the time of its records (stream-time.ts).
 *   Alone it is all there is. Beside others it counts from a record on until none has come for the idle time-out,
 *   and is read to its end always.
 *
 * The same log gives the same times however it is split into batches. Only claims ({@link ProgressClaim}),
 * {@link idle} and {@link forget} depend on the pace of reading; they are about sources that send nothing.
 */
export class SourceTimes {
  readonly #direct: StreamTime;
  readonly #directSource: Source = newSource(DIRECT);
  /** When the log got the last record without notes; null after a restart that does not know it. */
  #directAt: Millis | null = NEVER;
  readonly #groups: SourceGroup[];
  #all: readonly Source[];
  #highest: Millis;
  #time: Millis;
  #timeWithHeld: Millis;
  /** The clock of holds. */
  #clock: Millis = 0;
  /** When the log got the last note or claim. */
  #notedAt: Millis;
  #holder: Source | null = null;
  /** How many sources are passed over. */
  #passed = 0;

  /**
   * @param saved as {@link snapshot} gave it
   * @throws TactusError `TACTUS_CHECKPOINT_UNKNOWN` for sources that another version has written
   */
  constructor(
    private readonly options: SourceTimesOptions,
    saved: StreamTimeSnapshot = { highest: null, time: null },
  ) {
    this.#highest = saved.highest ?? NEVER;
    this.#time = saved.time ?? NEVER;
    const known = saved.sources === undefined ? null : readSources(saved.sources);
    this.#direct = new StreamTime(known === null ? saved : known.direct);
    this.#directSource.time = this.#direct.time;
    this.#groups = known?.groups ?? [];
    this.#all = allSources(this.#directSource, this.#groups);
    this.#timeWithHeld = known === null ? this.#time : known.timeWithHeld;
    this.#notedAt = known?.notedAt ?? NEVER;
    if (known !== null) {
      Object.assign(this.#directSource, known.directSource);
      this.#directAt = known.directAt;
      this.#passed = this.#all.filter(({ passedOver }) => passedOver !== null).length;
      this.#settle();
    } else if (saved.time !== null) this.#directAt = null;
    // Nothing of what they have sent is still to be read.
    this.#directSource.atEnd = true;
  }

  /** The stream time; -Infinity before the first record. */
  get time(): Millis {
    return this.#time;
  }

  /** Where the stream time would be if no source were passed over for standing still; at most `time`. */
  get timeWithHeld(): Millis {
    return this.#timeWithHeld;
  }

  /** True while there never was a note: the rules are then those of {@link StreamTime}. */
  get isDirect(): boolean {
    return this.#groups.length === 0;
  }

  /** There is no time, and nobody is waited for who might have one. */
  get isUntimed(): boolean {
    return this.isDirect || (this.#holder === null && this.#time === NEVER);
  }

  /** Nothing that has a time was ever seen. */
  get isEmpty(): boolean {
    return this.isDirect && this.#highest === NEVER;
  }

  /** The source that is behind all others that count; null without notes. */
  get holder(): Source | null {
    return this.#holder;
  }

  /**
   * True when time waits for a source that has not moved for long, by a clock that shows `at`: there may be more to
   * come of it than anybody knows.
   */
  standsStill(at: Millis): boolean {
    return (
      this.#holder !== null && at - this.#holder.movedAt >= STANDING_TIMEOUTS * this.options.idleTimeoutMs
    );
  }

  /** The highest timestamp of records that came with notes. */
  seen(timestamp: Millis): void {
    if (timestamp > this.#highest) this.#highest = timestamp;
  }

  /**
   * The records from `from` up to `to`, exclusive, came together and without a note, the last one at `at` by the
   * log's clock. Gives in `times` the stream time with each counted, and in `withHeld` {@link timeWithHeld}.
   */
  takeDirect(
    batch: KeyedBatch<unknown>,
    { from, to, at }: { readonly from: number; readonly to: number; readonly at: Millis },
    times: Float64Array,
    withHeld: Float64Array | null,
  ): void {
    const source = this.#directSource;
    this.#direct.observeRange(batch, from, to, times);
    this.seen(this.#direct.highest);
    this.#directAt = at;
    if (this.isDirect) {
      [this.#time, this.#timeWithHeld] = [this.#direct.time, this.#direct.time];
      withHeld?.set(times.subarray(from, to), from);
      return;
    }
    // Passed over, it counts when the others know of it.
    const others = this.#leastOf((each) => each !== source && this.#counts(each));
    const [held, time, timeWithHeld] = [this.#leastOf(isHeld), this.#time, this.#timeWithHeld];
    const least = source.passedOver === null ? others : NEVER;
    const bounds = { least, held, time, timeWithHeld };
    [this.#time, this.#timeWithHeld] = goOnWith(times, from, to, bounds, withHeld);
    this.#moveTo(source, this.#direct.time, at);
    heardOf(source, this.#clock, this.options.idleTimeoutMs);
    this.#settle();
  }

  /**
   * Records of a stage came together, the last one at `at` by the log's clock, with these notes of its inputs, which all
   * count after the records, at once.
   */
  takeNotes(notes: readonly TimeNote[] | 'marker', at: Millis): void {
    this.#directAt ??= at;
    if (notes !== 'marker') {
      this.#goOn(at);
      // All groups first: a source that nothing is known of yet holds the time from the start.
      for (const [{ times }, { sources }] of notes.map((note) => [note, this.#groupOf(note)] as const))
        for (const each of times) {
          const source = sources[each.partition] as Source;
          source.coveredAt = Math.max(source.coveredAt, at);
          this.#cover(source, each, at);
        }
    } else if (!this.#directGoesIdle(at)) return;
    this.#directGoesIdle(at);
    this.#settle();
  }

  /**
   * The log has been read up to `offset`: takes what `claims` say of sources that no note has named for the idle
   * time-out. A claim holds wherever all that its sources ever wrote here has been read.
   *
   * @param at wall clock at which there was nothing behind that; null when there may be more: then the log's clock
   * says for how long, and no source goes ahead of it, as none did when the log got there
   */
  takeClaims(
    claims: readonly ProgressClaim[],
    { at, offset }: { readonly at: Millis | null; readonly offset: number },
  ): void {
    if (this.isDirect) return;
    let changed = at !== null && this.#directGoesIdle(at);
    const now = at ?? this.#notedAt;
    for (const claim of claims.toSorted((a, b) => a.changedAt - b.changedAt)) {
      const { times, upTo, changedAt } = claim;
      const group = groupOf(this.#groups, claim);
      if (group === undefined) continue;
      const { sources } = group;
      // Partitions that were added since the last note: what they have is still to come. Before the end of the
      // log it is the notes that say when that was.
      if (at !== null && sources.length < claim.partitions) {
        this.#grow(group, claim.partitions);
        changed = true;
      }
      if (upTo > offset) continue;
      for (const each of times) {
        const source = sources[each.partition];
        if (source === undefined || changedAt <= heardAt(source)) continue;
        if (now - source.coveredAt < this.options.idleTimeoutMs) continue;
        if (at === null)
          this.#cover(source, { ...each, time: each.time === null ? null : Math.min(each.time, now) }, now);
        else {
          // What is only repeated says nothing of others: they may all be waiting for somebody further up.
          if (each.time !== null && each.time > source.time) this.#goOn(changedAt);
          source.claimedAt = changedAt;
          this.#cover(source, each, changedAt);
        }
        changed = true;
      }
    }
    if (changed) this.#settle();
  }

  /** Goes on without sources that are gone for good, and were not heard of since that was said. */
  forget(forgotten: readonly ForgottenSource[]): void {
    let changed = false;
    for (const { at, ...name } of forgotten) {
      const source = groupOf(this.#groups, name)?.sources[name.partition];
      if (source === undefined || source.passedOver === 'forgotten' || heardAt(source) > at) continue;
      this.#pass(source, 'forgotten');
      changed = true;
    }
    if (changed) this.#settle();
  }

  /** Nothing has come for the idle time-out and a clock shows `at`: moves the time of a log without notes. */
  idle(at: Millis): void {
    if (!this.isDirect) return;
    this.#direct.idle(at);
    [this.#time, this.#timeWithHeld] = [this.#direct.time, this.#direct.time];
  }

  /** What it goes on from, with `room` bytes for `sources`; these are left out while there never was a note. */
  snapshot(room = SNAPSHOT_BYTES): StreamTimeSnapshot {
    const finite = (time: Millis) => (Number.isFinite(time) ? time : null);
    const times = { highest: finite(this.#highest), time: finite(this.#time) };
    if (this.isDirect) return times;
    const sources = writeSources(
      {
        direct: this.#direct.snapshot(),
        directSource: this.#directSource,
        directAt: this.#directAt,
        groups: this.#groups,
        timeWithHeld: this.#timeWithHeld,
        notedAt: this.#notedAt,
        clock: this.#clock,
      },
      room,
    );
    return { ...times, sources };
  }

  #groupOf({ stage, topic, partitions }: TimeNote): SourceGroup {
    let group = groupOf(this.#groups, { stage, topic });
    if (group === undefined) {
      this.#directSource.time = this.#direct.time;
      group = { stage, topic, sources: [] };
      this.#groups.push(group);
    }
    if (group.sources.length < partitions) this.#grow(group, partitions);
    return group;
  }

  #grow(group: SourceGroup, partitions: number): void {
    growGroup(group, partitions);
    this.#all = allSources(this.#directSource, this.#groups);
  }

  /** Time goes by on the clock of holds. */
  #goOn(at: Millis): void {
    const gap = Math.max(0, at - this.#notedAt);
    if (Number.isFinite(this.#notedAt)) this.#clock += Math.min(gap, this.options.idleTimeoutMs);
    this.#notedAt = Math.max(this.#notedAt, at);
  }

  #cover(source: Source, { time, atEnd, empty = false }: Omit<PartitionTime, 'partition'>, at: Millis): void {
    source.atEnd = atEnd;
    source.heard = true;
    if (time !== null && source.empty && !empty) {
      // Its first record may be from before.
      source.empty = false;
      source.time = NEVER;
    } else if (empty && source.time === NEVER) source.empty = true;
    if (time !== null && empty === source.empty) this.#moveTo(source, time, at);
    heardOf(source, this.#clock, this.options.idleTimeoutMs);
  }

  #moveTo(source: Source, time: Millis, at: Millis): void {
    if (time <= source.time) return;
    source.time = time;
    source.behindSince = null;
    source.movedAt = at;
  }

  /** True if those who write without notes counted until now. */
  #directGoesIdle(at: Millis): boolean {
    if (this.#directAt === null || at - this.#directAt < this.options.idleTimeoutMs) return false;
    const counted = this.#directAt !== NEVER;
    this.#directAt = NEVER;
    this.#directSource.behindSince = null;
    return counted;
  }

  #counts(source: Source): boolean {
    if (source.passedOver !== null) return false;
    if (source === this.#directSource) return this.#directAt !== NEVER && source.time !== NEVER;
    return !source.atEnd || source.time !== NEVER;
  }

  #leastOf(counts: (source: Source) => boolean): Millis {
    let least = Number.POSITIVE_INFINITY;
    for (const source of this.#all) if (source.time < least && counts(source)) least = source.time;
    return least;
  }

  /** Brings the stream time, and who counts for it, up to what is known of the sources. */
  #settle(): void {
    if (this.#passed > 0)
      for (const source of this.#all) if (source.heard && source.time >= this.#time) this.#catchUp(source);
    while (this.#passOver());
    const least = this.#holder?.time ?? NEVER;
    if (least > this.#time) this.#time = least;
    const withHeld = this.#passed === 0 ? least : Math.min(least, this.#leastOf(isHeld));
    if (withHeld > this.#timeWithHeld) this.#timeWithHeld = withHeld;
  }

  #catchUp(source: Source): void {
    const { passedOver: was } = source;
    if (was === null) return;
    this.#passed -= 1;
    source.passedOver = null;
    source.behindSince = null;
    this.options.observer?.caughtUp(source, was);
  }

  /** Finds who is behind all others; true if that was one to be passed over, or others were. */
  #passOver(): boolean {
    const { holdMs, idleTimeoutMs } = this.options;
    const counted: Source[] = [];
    const empty: Source[] = [];
    let most = NEVER;
    let least: Source | null = null;
    for (const source of this.#all) {
      if (!this.#counts(source)) {
        // It waits for nothing: should it count again, its hold begins anew.
        source.behindSince = null;
        source.slow = null;
        continue;
      }
      (source.empty ? empty : counted).push(source);
      if (!source.empty && source.time > most) most = source.time;
      if (!source.empty && (least === null || source.time < least.time)) least = source;
    }
    const slowest = slowUpTo(counted, most, idleTimeoutMs);
    let passed = false;
    for (const source of [...counted, ...empty]) {
      if (source.time >= most) source.behindSince = null;
      else source.behindSince ??= this.#clock;
      if (slowest === null || source.empty || source.time > slowest) source.slow = null;
      else source.slow ??= { ms: 0, at: this.#clock };
      if (source.behindSince === null || this.#clock - source.behindSince < holdMs) continue;
      this.#pass(source, 'hold');
      passed = true;
    }
    // Nobody has sent anything where all are empty: what comes first may be from long ago.
    for (const source of empty) if (least !== null && source.time < least.time) least = source;
    this.#holder = least;
    if (passed) return true;
    if (least === null || least.slow === null || least.slow.ms < SLOW_MS) return false;
    this.#pass(least, 'slow');
    return true;
  }

  #pass(source: Source, why: PassedOver): void {
    if (source.passedOver === null) this.#passed += 1;
    source.passedOver = why;
    source.heard = why !== 'forgotten';
    this.options.observer?.passedOver(source, why);
  }
}
