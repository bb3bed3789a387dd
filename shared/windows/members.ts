import { DistinctSketch } from './distinct.js';

/** How much memory the sketches of a pane, or of the sessions of a definition, may take. */
export interface SketchLimits {
  readonly maxBytes: number;
  /** Most of one tenant. */
  readonly maxBytesOfTenant: number;
  /** The tenant of the group with this number. */
  readonly tenantOf: (group: number) => string;
}

/** Why a member is not counted: its value is no whole number below 2^52, or its group has lost its sketch. */
export type MemberSkip = 'value' | 'memory';

/** What a window says of its members. */
export interface MemberFigures {
  /** Null where the sketch was lost: too few is worse than nothing. */
  readonly distinct: number | null;
  readonly sketch: Buffer | null;
}

/** About what a sketch takes beside its bytes. */
const SKETCH_BYTES = 200;

/** Keeps account of the memory that sketches take, by tenant. */
export class SketchRoom {
  bytes = 0;
  readonly #ofTenant = new Map<string, number>();

  constructor(private readonly limits: SketchLimits) {}

  /** @returns false, and takes nothing, when there is not so much room for the group's tenant */
  take(group: number, bytes: number): boolean {
    const { maxBytes, maxBytesOfTenant, tenantOf } = this.limits;
    const tenant = tenantOf(group);
    const all = (this.#ofTenant.get(tenant) ?? 0) + bytes;
    if (this.bytes + bytes > maxBytes || all > maxBytesOfTenant) return false;
    this.#ofTenant.set(tenant, all);
    this.bytes += bytes;
    return true;
  }

  give(group: number, bytes: number): void {
    const tenant = this.limits.tenantOf(group);
    const left = (this.#ofTenant.get(tenant) ?? 0) - bytes;
    if (left > 0) this.#ofTenant.set(tenant, left);
    else this.#ofTenant.delete(tenant);
    this.bytes -= bytes;
  }
}

/**
 * The members of one group, as a sketch. One that finds no room to grow is dropped, and the group has no number of
 * members any more: a number that is too low would look like a right one.
 */
export class Members {
  #sketch: DistinctSketch | null = null;
  #isLost = false;
  /** Of the room. */
  #taken = 0;

  constructor(
    private readonly room: SketchRoom,
    readonly group: number,
  ) {}

  /** The sketch, not to be added to; null where it was dropped. */
  get sketch(): DistinctSketch | null {
    return this.#sketch;
  }

  /** @returns false when there is no room to count it */
  add(value: number): boolean {
    const sketch = this.#open();
    if (sketch === null) return false;
    sketch.add(value);
    return this.#fits(sketch);
  }

  /** Takes others in, which are of no use any more. */
  absorb(from: Members): void {
    if (from.#isLost) this.#lose();
    const sketch = from.#sketch === null ? null : this.#open();
    if (from.#sketch !== null && sketch !== null) {
      sketch.merge(from.#sketch);
      from.release();
      this.#fits(sketch);
    } else from.release();
  }

  /** Gives back what it takes of the room. */
  release(): void {
    this.room.give(this.group, this.#taken);
    this.#taken = 0;
  }

  #open(): DistinctSketch | null {
    if (this.#sketch !== null || this.#isLost) return this.#sketch;
    const sketch = new DistinctSketch();
    this.#sketch = sketch;
    return this.#fits(sketch) ? sketch : null;
  }

  #fits(sketch: DistinctSketch): boolean {
    const more = sketch.bytes + SKETCH_BYTES - this.#taken;
    if (more === 0) return true;
    if (!this.room.take(this.group, more)) {
      this.#lose();
      return false;
    }
    this.#taken += more;
    return true;
  }

  #lose(): void {
    this.#isLost = true;
    this.#sketch = null;
    this.release();
  }
}

/**
 * The members of the groups of a pane. The limits hold per pane, so that reading the log again drops the same
 * sketches.
 */
export class PaneMembers {
  readonly #room: SketchRoom;
  readonly #groups = new Map<number, Members>();

  constructor(limits: SketchLimits) {
    this.#room = new SketchRoom(limits);
  }

  get bytes(): number {
    return this.#room.bytes;
  }

  /** @returns false when there is no room to count it */
  add(group: number, value: number): boolean {
    let members = this.#groups.get(group);
    if (members === undefined) {
      members = new Members(this.#room, group);
      this.#groups.set(group, members);
    }
    return members.add(value);
  }

  of(group: number): Members | undefined {
    return this.#groups.get(group);
  }
}

/** The figures of a group over the members that parts of its window have; null where none has any. */
export function memberFigures(parts: readonly Members[], withSketch: boolean): MemberFigures | null {
  const [first] = parts;
  if (first === undefined) return null;
  let merged = first.sketch;
  if (parts.length > 1 && merged !== null) {
    merged = new DistinctSketch();
    for (const { sketch } of parts) {
      if (sketch === null) return NO_FIGURES;
      merged.merge(sketch);
    }
  }
  if (merged === null) return NO_FIGURES;
  return { distinct: merged.count, sketch: withSketch ? merged.write() : null };
}

const NO_FIGURES: MemberFigures = { distinct: null, sketch: null };
