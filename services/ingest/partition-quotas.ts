import type { Millis } from '../../shared/core/clock.js';
import { Lru } from '../../shared/core/lru.js';
import {
  HEADERS_LENGTH,
  HEADERS_START,
  KEY_LENGTH,
  PLACES,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../shared/core/record-batch.js';
import type { StateChange } from '../../shared/core/stage.js';
import { TRACE_HEADER_BYTES, traceIn } from '../../shared/core/trace-context.js';
import type { Account } from '../../shared/quotas/account.js';
import type { Quantity } from '../../shared/quotas/limits.js';
import type { ArrivalQuotas } from './arrival-quotas.js';
import { TextHash } from './hash-table.js';
import { SLOT_MS, slotOf, type TenantLedger } from './tenant-ledger.js';
import { TenantPlace } from './tenant-place.js';

/** Of the changelog's entries; those of series are sixteen hexadecimal digits. */
const PREFIX = 'quota|';
/** Most tenants that a partition counts separately at a time. */
const MAX_LANES = 4_096;
const RECENT = 256;
/** Stretches of tenants with refusals that are remembered of a partition; beyond it the oldest are forgotten. */
const MAX_REFUSALS = 50_000;
/** A replay begins so much before the de-duplication window, at most. */
const MARGIN_MS = 60_000;
/** Of a topic whose records have the senders' times: no later than this after our clock. */
const MAX_AHEAD_MS = 60_000;
const NOBODY_REFUSED = Number.POSITIVE_INFINITY;

/** A tenant in this partition. */
interface Lane {
  readonly tenant: string;
  /** Its name in UTF-8. */
  readonly name: Buffer;
  readonly mark: Buffer | null;
  slot: number;
  ledger: TenantLedger | null;
  /** Of this partition alone, for when it is read long after the others. */
  own: TenantLedger | null;
  /** From this offset on the slot's records are refused. */
  refusedFrom: number;
  quantity: Quantity;
  /** Not counted in the metric yet. */
  refused: number;
}

/** What {@link PartitionQuotas.look} finds of a record. */
export const OVER = 0;
/** It is within the quota, or there is none. */
export const WITHIN = 1;
/** The gateway has counted it: its header is not passed on. */
export const COUNTED = 2;
/** The same of a record that has a trace's header as well, which is its last {@link TRACE_HEADER_BYTES}. */
export const COUNTED_TRACED = 3;

/**
 * Decides which records of one partition are over their tenant's quota, from the bytes of the tenant's name and the times
 * of arrival. Of a stretch of {@link SLOT_MS} the first are within it, and from the first one that does not fit all are over.
 * Where that is goes to the changelog: when the log is read again to know its ids, the same ones are left out.
 */
export class PartitionQuotas {
  readonly #place: TenantPlace;
  readonly #hash = new TextHash();
  readonly #lanes = new Lru<number, Lane>(MAX_LANES);
  /** Of these, by their hash, for finding most of them sooner. */
  readonly #recent: (Lane | undefined)[] = new Array(RECENT).fill(undefined);
  /** By key of the changelog: the offset from which on records of a tenant in a slot were refused; the oldest first. */
  readonly #refusals = new Map<string, number>();
  readonly #refusing = new Set<Lane>();
  #changes: StateChange[] = [];

  /** @param before see {@link TenantPlace} */
  constructor(
    private readonly quotas: ArrivalQuotas,
    before: 0 | 1,
    changelog: ReadonlyMap<string, Buffer>,
  ) {
    this.#place = new TenantPlace(before);
    const saved = [...changelog].filter(([key]) => isQuotaKey(key));
    saved.sort(([one], [other]) => slotOfKey(one) - slotOfKey(other));
    for (const [key, offset] of saved) this.#refusals.set(key, Number(offset.toString()));
  }

  /** Whether records have to be looked at: somebody has a limit, or had one when they were read before. */
  concerns(replayed: boolean): boolean {
    return this.quotas.active || (replayed && this.#refusals.size > 0);
  }

  /** Decides about a record, or finds what was decided about one that is replayed. */
  look(
    { bytes, places, offsets, times }: RecordSegment,
    i: number,
    replayed: boolean,
    now: Millis,
  ): typeof OVER | typeof WITHIN | typeof COUNTED | typeof COUNTED_TRACED {
    const valueSize = places[i * PLACES + VALUE_LENGTH] as number;
    if (!this.#place.find(bytes, places[i * PLACES + VALUE_START] as number, valueSize)) return WITHIN;
    const size = valueSize + Math.max(0, places[i * PLACES + KEY_LENGTH] as number);
    const lane = this.#lane(bytes, this.#place.start, this.#place.end);
    if (lane.mark !== null) {
      const start = places[i * PLACES + HEADERS_START] as number;
      const length = places[i * PLACES + HEADERS_LENGTH] as number;
      if (isSame(lane.mark, bytes, start, start + length)) return COUNTED;
      if (length === lane.mark.length + TRACE_HEADER_BYTES && isMarked(lane.mark, bytes, start, length))
        return COUNTED_TRACED;
    }
    const slot = slotOf(Math.min(times[i] as number, now + MAX_AHEAD_MS));
    if (slot !== lane.slot) this.#enter(lane, slot);
    const [points, events] = this.#place.before === 0 ? [1, 0] : [0, 1];
    lane.ledger?.came(slot, points, size, events);
    const offset = offsets[i] as number;
    if (offset >= lane.refusedFrom) {
      if (!replayed) this.#count(lane);
      return OVER;
    }
    let account = lane.ledger?.at(slot) ?? null;
    if (account === null) {
      // Others have gone far ahead meanwhile.
      this.#enter(lane, slot);
      account = lane.ledger?.at(slot) as Account;
    }
    if (!account.limited) return WITHIN;
    if (!replayed && !account.fits(points, size, events, slot * SLOT_MS)) {
      this.#refuse(
        lane,
        offset,
        account.fits(points, 0, events, slot * SLOT_MS) ? 'bytes' : points === 1 ? 'points' : 'events',
      );
      return OVER;
    }
    lane.ledger?.add(points, size, events);
    return WITHIN;
  }

  /** What has changed since the last call, and is counted now. */
  takeChanges(): readonly StateChange[] {
    for (const lane of this.#refusing) {
      this.quotas.over(lane.tenant, lane.quantity, lane.refused);
      lane.refused = 0;
    }
    this.#refusing.clear();
    const changes = this.#changes;
    if (changes.length > 0) this.#changes = [];
    return changes;
  }

  /** Forgets what no replay comes to any more. */
  sweep(now: Millis, dedupWindowMs: Millis): void {
    const oldest = slotOf(now - dedupWindowMs * 1.01 - MARGIN_MS);
    for (const key of this.#refusals.keys()) {
      if (slotOfKey(key) >= oldest) break;
      this.#forget(key);
    }
  }

  #lane(bytes: Buffer, start: number, end: number): Lane {
    this.#hash.begin();
    this.#hash.add(bytes, start, end);
    const { low } = this.#hash;
    const recent = this.#recent[low & (RECENT - 1)];
    if (recent !== undefined && isSame(recent.name, bytes, start, end)) return recent;
    const known = this.#lanes.get(low);
    const lane =
      known !== undefined && isSame(known.name, bytes, start, end) ? known : this.#newLane(bytes, start, end);
    this.#recent[low & (RECENT - 1)] = lane;
    return lane;
  }

  #newLane(bytes: Buffer, start: number, end: number): Lane {
    const name = Buffer.from(bytes.subarray(start, end));
    const tenant = name.toString();
    const lane: Lane = {
      ...{ tenant, name, mark: this.quotas.markOf(tenant), slot: Number.NaN, ledger: null, own: null },
      ...{ refusedFrom: NOBODY_REFUSED, quantity: 'points', refused: 0 },
    };
    this.#lanes.set(this.#hash.low, lane);
    return lane;
  }

  #enter(lane: Lane, slot: number): void {
    const { quotas } = this;
    lane.slot = slot;
    lane.refusedFrom = this.#refusals.get(keyOf(slot, lane.tenant)) ?? NOBODY_REFUSED;
    const ledger = quotas.ledger(lane.tenant);
    lane.ledger = ledger;
    if (ledger.at(slot) !== null) return;
    // The others are far ahead of this partition: it counts for itself, rather than lose what was in time.
    lane.own = lane.own === null ? quotas.newLedger(lane.tenant) : quotas.inForce(lane.tenant, lane.own);
    if (lane.own.at(slot) === null) lane.own = quotas.newLedger(lane.tenant);
    lane.ledger = lane.own;
  }

  #refuse(lane: Lane, offset: number, quantity: Quantity): void {
    lane.refusedFrom = offset;
    lane.quantity = quantity;
    const key = keyOf(lane.slot, lane.tenant);
    this.#refusals.set(key, offset);
    this.#changes.push({ key, value: Buffer.from(String(offset)) });
    if (this.#refusals.size > MAX_REFUSALS) {
      const [oldest = ''] = this.#refusals.keys();
      this.#forget(oldest);
    }
    this.#count(lane);
  }

  #count(lane: Lane): void {
    lane.refused += 1;
    if (lane.refused === 1) this.#refusing.add(lane);
  }

  #forget(key: string): void {
    this.#refusals.delete(key);
    this.#changes.push({ key, value: null });
  }
}

/** Whether an entry of the changelog is one of these. */
export function isQuotaKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

function keyOf(slot: number, tenant: string): string {
  return `${PREFIX}${slot}|${tenant}`;
}

function slotOfKey(key: string): number {
  return Number.parseInt(key.slice(PREFIX.length), 10);
}

function isSame(run: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const { length } = run;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (run[i] !== bytes[start + i]) return false;
  return true;
}

/** A count of two, as a varint. */
const TWO_HEADERS = 4;

/** The mark, and behind it the header of a trace. */
function isMarked(mark: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (bytes[start] !== TWO_HEADERS) return false;
  for (let i = 1; i < mark.length; i++) if (mark[i] !== bytes[start + i]) return false;
  return traceIn(bytes, start, length) !== null;
}
