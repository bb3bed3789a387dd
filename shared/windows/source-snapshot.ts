import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import { VarintReader, writeVarint } from '../core/varint.js';
import { DIRECT, growGroup, newSource, type PassedOver, type Source, type SourceGroup } from './source.js';

/*
 * What is known of the sources of a stream time, as text for the metadata of a checkpoint: base64url of
 *
 *   version, notedAt, time with held sources, direct writers' highest, time and last record, the direct source,
 *   number of groups, then each as stage, topic, number of sources, sources.
 *
 * A source takes about seven bytes: flags, how far it was behind `notedAt`, and on the clock of holds how long it had
 * been behind others, with four more for one that is slow. Times that may be missing are 0, or their distance from `notedAt` with 0
 * left out; all numbers are zigzag varints. When the log got the latest note is taken for when each source was last heard of,
 * which only makes claims wait.
 *
 * A broker takes 4,096 bytes of metadata. When the text is longer than there is room (from some 300 sources on) the
 * sources are left out: after a restart the time stands still until each of them was heard of again, and holds
 * begin anew. The stream time itself is never lost, so nothing is late for that.
 */

const VERSION = 2;
const START_BYTES = 128;
const SOURCE_BYTES = 40;

const KNOWN = 1;
const AT_END = 2;
const BEHIND = 4;
const HELD = 8;
/** It was passed over for being slow. With both: it was forgotten, which builds before take for held. */
const SLOW = 16;
const PASSED_OVER: Readonly<Record<PassedOver, number>> = { hold: HELD, slow: SLOW, forgotten: HELD | SLOW };
/** It is slow, and not passed over. */
const SLOWNESS = 32;
const EMPTY = 64;

/** What {@link readSources} gives; the clock of holds begins at 0. */
export interface KnownSources {
  readonly direct: { readonly highest: Millis | null; readonly time: Millis | null };
  readonly directSource: Source;
  readonly directAt: Millis | null;
  readonly groups: SourceGroup[];
  readonly timeWithHeld: Millis;
  readonly notedAt: Millis;
}

/** @param room for the whole; where it is not enough, what is known of each source is left out */
export function writeSources(known: KnownSources & { readonly clock: Millis }, room: number): string {
  const whole = encode(known, true);
  return whole.length <= room ? whole : encode(known, false);
}

/** @throws TactusError `TACTUS_CHECKPOINT_UNKNOWN` */
export function readSources(text: string): KnownSources {
  try {
    const reader = new SourceReader(Buffer.from(text, 'base64url'));
    return reader.read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TactusError(
      'TACTUS_CHECKPOINT_UNKNOWN',
      `the checkpoint's sources of time are damaged or another version's (${error.message}): start the build that wrote them or a newer one`,
    );
  }
}

function encode(known: KnownSources & { readonly clock: Millis }, whole: boolean): string {
  const { direct, directSource, directAt, groups, timeWithHeld, notedAt, clock } = known;
  const all = [directSource, ...groups.flatMap(({ sources }) => sources)];
  const texts = groups.flatMap(({ stage, topic }) => [stage, topic]);
  const bytes = Buffer.alloc(START_BYTES + Buffer.byteLength(texts.join('')) + all.length * SOURCE_BYTES);
  let at = 0;
  const number = (value: number) => {
    at = writeVarint(bytes, at, value);
  };
  /** Null and the infinite are 0; what is ahead of `notedAt` is negative. */
  const time = (value: Millis | null) => {
    if (value === null || !Number.isFinite(value)) return number(0);
    const behind = notedAt - value;
    number(behind < 0 ? behind : behind + 1);
  };
  const text = (value: string) => {
    number(Buffer.byteLength(value));
    at += bytes.write(value, at);
  };
  const source = (one: Source) => {
    const known = Number.isFinite(one.time);
    const { atEnd, empty, behindSince, passedOver, slow } = one;
    const passed = passedOver === null ? 0 : PASSED_OVER[passedOver];
    const since = (behindSince === null ? 0 : BEHIND) | (slow === null ? 0 : SLOWNESS);
    number((known ? KNOWN : 0) | (atEnd ? AT_END : 0) | (empty ? EMPTY : 0) | since | passed);
    if (known) number(notedAt - one.time);
    if (behindSince !== null) number(clock - behindSince);
    if (slow === null) return;
    number(slow.ms);
    number(clock - slow.at);
  };
  number(VERSION);
  number(notedAt);
  time(timeWithHeld);
  time(direct.highest);
  time(direct.time);
  number(directAt === null ? 1 : 0);
  time(directAt);
  source(directSource);
  number(groups.length);
  for (const { stage, topic, sources } of groups) {
    text(stage);
    text(topic);
    number(sources.length);
    number(whole ? 1 : 0);
    if (whole) sources.forEach(source);
  }
  return bytes.toString('base64url', 0, at);
}

class SourceReader {
  readonly #reader: VarintReader;
  #notedAt: Millis = 0;

  constructor(private readonly bytes: Buffer) {
    this.#reader = new VarintReader(bytes);
  }

  /** @throws RangeError for bytes that are not laid out so */
  read(): KnownSources {
    const version = this.#number();
    if (version !== VERSION) throw new RangeError(`version ${version}, this build knows ${VERSION}`);
    this.#notedAt = this.#number();
    const timeWithHeld = this.#time() ?? Number.NEGATIVE_INFINITY;
    const direct = { highest: this.#time(), time: this.#time() };
    const unknownAt = this.#number() === 1;
    const directAt = this.#time() ?? (unknownAt ? null : Number.NEGATIVE_INFINITY);
    const directSource = this.#source(newSource(DIRECT));
    const groups = Array.from({ length: this.#count() }, () => this.#group());
    if (this.#reader.at !== this.bytes.length) throw new RangeError('bytes behind the last source');
    return { direct, directSource, directAt, groups, timeWithHeld, notedAt: this.#notedAt };
  }

  #group(): SourceGroup {
    const group: SourceGroup = { stage: this.#text(), topic: this.#text(), sources: [] };
    const partitions = this.#number();
    if (!(partitions >= 0 && partitions <= 100_000)) throw new RangeError(`${partitions} sources`);
    growGroup(group, partitions);
    if (this.#number() === 1) for (const each of group.sources) this.#source(each);
    return group;
  }

  #source(source: Source): Source {
    const flags = this.#number();
    if ((flags & KNOWN) !== 0) source.time = this.#notedAt - this.#number();
    source.atEnd = (flags & AT_END) !== 0;
    source.empty = (flags & EMPTY) !== 0;
    if ((flags & BEHIND) !== 0) source.behindSince = -this.#number();
    if ((flags & SLOWNESS) !== 0) source.slow = { ms: this.#number(), at: -this.#number() };
    const passed = flags & (HELD | SLOW);
    const reasons = Object.keys(PASSED_OVER) as PassedOver[];
    source.passedOver = reasons.find((reason) => PASSED_OVER[reason] === passed) ?? null;
    source.heard = source.passedOver !== 'forgotten';
    if ((flags & (KNOWN | AT_END)) !== 0) source.coveredAt = source.movedAt = this.#notedAt;
    return source;
  }

  #time(): Millis | null {
    const behind = this.#number();
    if (behind === 0) return null;
    return this.#notedAt - (behind < 0 ? behind : behind - 1);
  }

  #text(): string {
    const length = this.#count();
    const start = this.#reader.at;
    this.#reader.at += length;
    return this.bytes.toString('utf8', start, start + length);
  }

  #count(): number {
    const count = this.#number();
    if (!(count >= 0 && count <= this.bytes.length - this.#reader.at))
      throw new RangeError(`a count of ${count}`);
    return count;
  }

  #number(): number {
    const value = this.#reader.nextLong();
    if (!Number.isSafeInteger(value)) throw new RangeError('a number that is cut short');
    return value;
  }
}
