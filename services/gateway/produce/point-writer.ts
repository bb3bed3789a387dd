import {
  checkFigures,
  checkId,
  checkOptional,
  checkSize,
  checkStart,
  type Limits,
  type Rejection,
} from '../../../shared/admission/policy.js';
import type { Millis } from '../../../shared/core/clock.js';
import { Lru } from '../../../shared/core/lru.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import { afterLength, lengthAt, writeVarint } from '../../../shared/core/varint.js';
import { HEADER_BYTES, writeHeader } from '../../../shared/wire/confluent-header.js';
import { recordKey } from '../../../shared/wire/series.js';
import { Outcome } from '../formats/outcome.js';
import { COUNTS_ONCE, GIVEN_ID, HISTOGRAM, type PointColumns, SAME_ITEM } from '../points/point-columns.js';

/** A length, a time or a number of a branch takes as many, at most. */
const VARINT_BYTES = 10;
/** Timestamp, value, length of the id, kind, start. */
const FIGURE_BYTES = 4 * VARINT_BYTES + 8;
/** Units that are kept in bytes; there are few, but for hostile senders. */
const MAX_UNITS = 1_000;
/** Branches of a union of null and something, as varints. */
const NULL_BRANCH = 0;
const SOME_BRANCH = 2;
const NOTHING: Buffer = Buffer.alloc(0);

/** A text of the union of null and string in bytes, or why it is refused. */
type OptionalText = { readonly bytes: Buffer; readonly rejection: Rejection | null };

/**
 * Writes MetricPoints from columns straight to the bytes of records, the same as the general encoder makes: no object and
 * no string for each. Tenant, source and the bytes of series are there already.
 */
export class PointWriter {
  #batch = new OutputBatch();
  #outcome = new Outcome();
  #now: Millis = 0;
  /** Header and tenant: what all values of a request begin with. */
  #start: Buffer = NOTHING;
  #keyStart: Buffer = NOTHING;
  #source: OptionalText = { bytes: NOTHING, rejection: null };
  /** By tenant, of the request: ids that were given and let in. */
  #given = new Map<string, Set<string>>();
  #seen = new Set<string>();
  readonly #units = new Lru<string, OptionalText>(MAX_UNITS);
  /** The one before is mostly the next one too. */
  #lastUnit: string | null = null;
  #lastUnitText: OptionalText = NO_TEXT;

  constructor(
    private readonly limits: Limits,
    private readonly schemaId: number,
  ) {}

  /** Begins the points of one tenant in one request. */
  use(batch: OutputBatch, outcome: Outcome, now: Millis, tenantId: string, source: string | null): void {
    if (outcome !== this.#outcome) this.#given = new Map();
    this.#seen = this.#given.get(tenantId) ?? new Set();
    this.#given.set(tenantId, this.#seen);
    this.#batch = batch;
    this.#outcome = outcome;
    this.#now = now;
    const tenant = textBytes(tenantId);
    this.#start = Buffer.alloc(HEADER_BYTES + tenant.length);
    writeHeader(this.#start, this.schemaId);
    tenant.copy(this.#start, HEADER_BYTES);
    this.#keyStart = Buffer.from(recordKey(tenantId, ''));
    this.#source = optionalText('source', source);
  }

  /** Writes what is within the limits; of an item that makes several points, the first decides what is counted. */
  write(columns: PointColumns): void {
    const { limits } = this;
    const outcome = this.#outcome;
    for (let i = 0; i < columns.length; i++) {
      const flags = columns.flags[i] as number;
      const timestamp = columns.timestamp[i] as number;
      const value = columns.value[i] as number;
      const series = columns.series[i] as PointColumns['series'][number];
      const unit = this.#unit(series.unit);
      let rejection = series.rejection ?? unit.rejection ?? this.#source.rejection;
      rejection ??= checkFigures(timestamp, value, this.#now, limits);
      const started = columns.startTimestamp[i] as number;
      if (!Number.isNaN(started)) rejection ??= checkStart(started, timestamp);
      const countsOnce = (flags & COUNTS_ONCE) !== 0;
      if ((flags & GIVEN_ID) !== 0) {
        const id = columns.ids[i] as string;
        rejection ??= checkId(id);
        if (countsOnce && this.#seen.has(id)) {
          outcome.duplicates += 1;
          continue;
        }
      }
      rejection ??= this.#append(columns, i, unit.bytes);
      if (rejection === null && countsOnce) this.#seen.add(columns.ids[i] as string);
      if (rejection !== null) {
        if ((flags & SAME_ITEM) === 0) outcome.refuse(columns.item[i] as number, rejection);
      } else if ((flags & SAME_ITEM) === 0) {
        outcome.accepted += 1;
        if ((flags & HISTOGRAM) !== 0) outcome.histograms += 1;
      }
    }
  }

  #append(columns: PointColumns, i: number, unit: Buffer): Rejection | null {
    const batch = this.#batch;
    const start = this.#start;
    const keyStart = this.#keyStart;
    const source = this.#source.bytes;
    const { identity, idStart, kind } = columns.series[i] as PointColumns['series'][number];
    const tailStart = columns.tailStart[i] as number;
    const tailEnd = columns.tailEnd[i] as number;
    const given = ((columns.flags[i] as number) & GIVEN_ID) === 0 ? null : (columns.ids[i] as string);
    const idLength = given === null ? idStart.length + tailEnd - tailStart : Buffer.byteLength(given);
    const most = keyStart.length + start.length + 2 * identity.length + idLength + FIGURE_BYTES;
    const own = batch.room(most + unit.length + source.length);

    // The key: tenant, a bar and the metric, which the identity begins with.
    const keyFrom = batch.at;
    own.set(keyStart, keyFrom);
    const metricLength = lengthAt(identity, 0);
    const metricStart = afterLength(0, metricLength);
    let at = copy(identity, metricStart, metricStart + metricLength, own, keyFrom + keyStart.length);

    const valueFrom = at;
    own.set(start, at);
    own.set(identity, at + start.length);
    at = writeVarint(own, at + start.length + identity.length, columns.timestamp[i] as number);
    at = own.writeDoubleLE(columns.value[i] as number, at);
    at = writeVarint(own, at, idLength);
    if (given === null) {
      at = copy(idStart, 0, idStart.length, own, at);
      at = copy(columns.tails, tailStart, tailEnd, own, at);
    } else at += own.write(given, at);
    at = copy(unit, 0, unit.length, own, at);
    at = copy(source, 0, source.length, own, at);
    at = writeVarint(own, at, kind);
    const started = columns.startTimestamp[i] as number;
    if (Number.isNaN(started)) own[at++] = NULL_BRANCH;
    else {
      own[at++] = SOME_BRANCH;
      at = writeVarint(own, at, started);
    }
    const rejection = checkSize(at - valueFrom, this.limits);
    if (rejection !== null) return rejection;
    batch.at = at;
    batch.append('ingest.metrics', own, keyFrom, valueFrom, own, valueFrom, at);
    return null;
  }

  #unit(unit: string | null): OptionalText {
    if (unit === null) return NO_TEXT;
    if (unit === this.#lastUnit) return this.#lastUnitText;
    let known = this.#units.get(unit);
    if (known === undefined) {
      known = optionalText('unit', unit);
      this.#units.set(unit, known);
    }
    this.#lastUnit = unit;
    this.#lastUnitText = known;
    return known;
  }
}

const NO_TEXT: OptionalText = { bytes: Buffer.of(NULL_BRANCH), rejection: null };

function optionalText(field: string, text: string | null): OptionalText {
  if (text === null) return NO_TEXT;
  const bytes = Buffer.concat([Buffer.of(SOME_BRANCH), textBytes(text)]);
  return { bytes, rejection: checkOptional(field, text) };
}

/** Length and text. */
function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(VARINT_BYTES);
  return Buffer.concat([length.subarray(0, writeVarint(length, 0, bytes.length)), bytes]);
}

/** Runs are short, for which a loop is faster than a call into the runtime. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let next = at;
  for (let i = start; i < end; i++) to[next++] = from[i] as number;
  return next;
}
