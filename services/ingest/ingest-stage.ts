import { checkSize, tenantRefused } from '../../shared/admission/policy.js';
import { readMetadata } from '../../shared/core/checkpoint-metadata.js';
import type { Millis } from '../../shared/core/clock.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import {
  HEADERS_LENGTH,
  HEADERS_START,
  PLACES,
  type RecordBatch,
  type RecordSegment,
  VALUE_LENGTH,
  VALUE_START,
} from '../../shared/core/record-batch.js';
import { refusalOf } from '../../shared/core/refusal.js';
import type { Refusal, Saved, Stage, StateChange, StepResult } from '../../shared/core/stage.js';
import { KnownLayouts } from '../../shared/wire/confluent-header.js';
import { KEY_SLACK, recordKey, writeIdentity } from '../../shared/wire/series.js';
import { ArrivalTime, type SavedTime } from './arrival-time.js';
import type { IngestOptions } from './ingest-options.js';
import { changeKey, changeValue, readChangeKey, weightOf } from './live-series.js';
import { EQUAL, PartitionClaim } from './partition-claim.js';
import { COUNTED, COUNTED_TRACED, isQuotaKey, OVER, PartitionQuotas } from './partition-quotas.js';
import { passTraceOn, shareTrace } from './pass-trace-on.js';
import { PointInPlace } from './point-in-place.js';
import { DUPLICATE, FIRST, ReplayMarks } from './recent-ids.js';
import { seriesRefused } from './series-refused.js';
import { type Subject, SubjectHash } from './subject.js';

/** The broker's clock may be so far behind ours. */
const CLOCK_SKEW_MS = 60_000;
const SWEEP_EVERY_MS = 60_000;
/** "tenant|metric" of the fast way: two names of at most 256 bytes. */
const MAX_KEY_BYTES = 513;

/** Offset of no record. */
const NOBODY = -1;

const NOTHING: Buffer = Buffer.alloc(0);

/** Of the checkpoint's metadata. */
const VERSION = 1;

interface Metadata extends SavedTime {
  readonly v: typeof VERSION;
  /** Offset of the first record that was not processed yet. */
  readonly next: number;
}

/** What becomes of a record. */
const REFUSED = 0;
const DROPPED = 1;
const ADMITTED = 2;
/** Whether its tenant has room for its series has to be asked first. */
const STOPPED = 3;

/** State of one partition. */
export class IngestState {
  readonly marks: ReplayMarks;
  readonly view: PointInPlace | null;
  readonly hash = new SubjectHash();
  /** Offset of the first record that was not processed yet. */
  next: number;
  /** Arrival of the record that was read last, or a time by which the log had nothing more. */
  clock: Millis = Number.NEGATIVE_INFINITY;
  sweptAt: Millis = Number.NEGATIVE_INFINITY;
  /** The record that was not taken yet, and what was found of its quota: it counts once. */
  readonly stopped: { offset: number; within: ReturnType<PartitionQuotas['look']> | undefined } = {
    offset: NOBODY,
    within: undefined,
  };
  readonly layouts: KnownLayouts | null;
  readonly time: ArrivalTime;
  readonly claim: PartitionClaim | null;
  readonly quotas: PartitionQuotas | null;

  constructor(
    readonly partition: number,
    saved: Saved,
    options: Pick<
      IngestOptions<unknown>,
      'dedupWindowMs' | 'inPlace' | 'limits' | 'decoder' | 'ranks' | 'quotas'
    >,
  ) {
    const { ranks, quotas } = options;
    const before = options.inPlace ? 0 : 1;
    this.claim = ranks === undefined ? null : new PartitionClaim(ranks, before);
    this.quotas = quotas === undefined ? null : new PartitionQuotas(quotas, before, saved.changelog);
    this.marks = new ReplayMarks(options.dedupWindowMs);
    this.view = options.inPlace ? new PointInPlace(options.limits) : null;
    this.layouts = this.view === null ? null : new KnownLayouts(options.decoder, this.view.point);
    const metadata = readMetadata<Metadata>(saved, VERSION);
    // Without our metadata the offset was set by an operator: all from there on is new.
    this.next = metadata?.next ?? saved.checkpoint?.offset ?? 0;
    this.time = new ArrivalTime(metadata);
  }
}

/**
 * Lets valid records through, as the bytes that came, with the key of the contract; refuses the
 * invalid ones with a reason; drops those whose (tenant, id) was accepted a short time before.
 *
 * The checkpoint's offset is the oldest record inside the de-duplication window: after a restart
 * the records up to "next" are read again to know their ids, and have no other effect. Series are
 * in the changelog: which ones were let in depends on all that came before.
 */
export function ingestStage<T>(options: IngestOptions<T>): Stage<IngestState> {
  const { series, recentIds, derived, time, atOnce, ranks } = options;
  return {
    ...(atOnce !== undefined && { atOnce: () => atOnce }),
    restore: (saved) => {
      derived?.restore(saved);
      series?.open(saved.partition);
      if (series !== null)
        for (const [key, tenant] of saved.changelog) {
          if (isQuotaKey(key)) continue;
          const [low, high] = readChangeKey(key);
          series.restore(low, high, tenant.toString(), saved.partition);
        }
      return new IngestState(saved.partition, saved, options);
    },
    step: (state, batch, now) => {
      const step = new Step(options, state, now);
      if (batch.length > 0) step.take(batch);
      else if (batch.atEnd) step.tick();
      const { outputs, refusals, changes, stoppedAt } = step;
      if (time !== null)
        state.time.passed(stoppedAt === null ? batch : { atEnd: false }, now, time.idleTimeoutMs);
      return { state, outputs, refusals, changes, ...(stoppedAt !== null && { stoppedAt }) };
    },
    checkpoint: (state) => ({
      offset: Math.min(state.next, state.marks.offset(state.next)),
      metadata: JSON.stringify({
        v: VERSION,
        next: state.next,
        ...state.time.snapshot(),
      } satisfies Metadata),
    }),
    replayUntil: (state) => state.next,
    ...(ranks !== undefined && { claim: (state: IngestState) => state.claim?.current ?? EQUAL }),
    ...(time !== null && { time: (state: IngestState) => state.time.stageTime }),
    release: ({ partition }) => {
      recentIds.release(partition);
      series?.release(partition);
      derived?.release(partition);
    },
  };
}

/** One step's outputs, and the loop that makes them. */
class Step<T> implements Omit<StepResult<IngestState>, 'state' | 'stoppedAt'> {
  readonly outputs = new OutputBatch();
  readonly refusals: Refusal[] = [];
  readonly changes: StateChange[] = [];
  /** As of {@link StepResult}; null where all were taken. */
  stoppedAt: number | null = null;
  #duplicates = 0;
  /** Of the value that was decoded last. */
  #timestamp: Millis = 0;
  /** That value, where something is made of it. */
  #value: T | null = null;
  /** The outputs' buffer, and a view of it. */
  #own: Buffer = NOTHING;
  #roomView = new DataView(NOTHING.buffer);

  constructor(
    private readonly options: IngestOptions<T>,
    private readonly state: IngestState,
    private readonly now: Millis,
  ) {}

  take(batch: RecordBatch): void {
    this.state.claim?.look(batch.segments);
    let index = 0;
    for (const segment of batch.segments) {
      this.#takeSegment(segment, index);
      if (this.stoppedAt !== null) break;
      index += segment.length;
    }
    const { state, options } = this;
    const next = this.stoppedAt === null ? batch.nextOffset : batch.offset(this.stoppedAt);
    if (next >= state.next) {
      state.next = next;
      this.#sweep();
    }
    if (this.#duplicates > 0) options.duplicates?.(this.#duplicates);
    if (state.quotas !== null) this.changes.push(...state.quotas.takeChanges());
  }

  /** Nothing is left in the log. */
  tick(): void {
    this.#clock(Math.max(this.state.clock, this.now - CLOCK_SKEW_MS));
    this.#sweep();
    if (this.state.quotas !== null) this.changes.push(...this.state.quotas.takeChanges());
  }

  #takeSegment(segment: RecordSegment, firstIndex: number): void {
    const { bytes, length, offsets, times, places } = segment;
    const { state, now } = this;
    const { view, hash, layouts } = state;
    const time = this.options.time === null ? null : state.time;
    const allInPlace = layouts?.use(segment) ?? false;
    const quotas = state.quotas?.concerns((offsets[0] as number) < state.next) ? state.quotas : null;
    view?.use(bytes);
    for (let i = 0; i < length; i++) {
      const start = places[i * PLACES + VALUE_START] as number;
      const size = places[i * PLACES + VALUE_LENGTH] as number;
      const offset = offsets[i] as number;
      const arrival = times[i] as number;
      const replayed = offset < state.next;
      state.marks.pass(offset, arrival);
      if (arrival !== state.clock) this.#clock(arrival);
      const within =
        offset === state.stopped.offset ? state.stopped.within : quotas?.look(segment, i, replayed, now);
      if (within === OVER) continue;
      let subject: Subject | null = null;
      let about: SubjectHash | PointInPlace = hash;
      if (view !== null && (allInPlace || layouts?.has(start, size)) && view.read(start, size, arrival)) {
        about = view;
      } else {
        subject = this.#decode(bytes, start, size, arrival, replayed ? -1 : firstIndex + i);
        if (subject === null) continue;
        hash.use(subject);
      }
      const outcome = this.#admit(about, subject, bytes, start, size, offset, arrival, firstIndex + i);
      if (outcome === STOPPED) {
        state.stopped.offset = offset;
        state.stopped.within = within;
        this.stoppedAt = firstIndex + i;
        return;
      }
      if (outcome === REFUSED || replayed) continue;
      // Capped by our clock too: a topic that was not made by us may have the senders' times as those of arrival.
      if (time !== null)
        time.observe(
          subject === null && view !== null ? view.point.timestamp : this.#timestamp,
          Math.min(arrival, now),
        );
      if (outcome === DROPPED) continue;
      const end = start + size;
      if (subject !== null) {
        const key = Buffer.from(recordKey(subject.tenantId, subject.name));
        this.outputs.append(this.options.output, key, 0, key.length, bytes, start, end);
      } else if (view !== null) {
        const own = this.#room(MAX_KEY_BYTES + KEY_SLACK);
        const keyStart = this.outputs.at;
        const keyEnd = view.point.copyKey(this.#roomView, keyStart);
        this.outputs.at = keyEnd;
        this.outputs.append(this.options.output, own, keyStart, keyEnd, bytes, start, end);
      }
      const headers = places[i * PLACES + HEADERS_START] as number;
      const headersLength = places[i * PLACES + HEADERS_LENGTH] as number;
      if (within === COUNTED_TRACED) passTraceOn(this.outputs, bytes, headers + headersLength);
      else if (headersLength > 1 && within !== COUNTED)
        this.outputs.putHeaders(bytes, headers, headers + headersLength);
      if (this.#value !== null) this.#derive(this.#value, arrival, firstIndex + i);
    }
  }

  #derive(value: T, arrival: Millis, index: number): void {
    const { partition } = this.state;
    const { outputs } = this;
    const first = outputs.length;
    const problem = this.options.derived?.take(value, { partition, arrival }, outputs, this.changes);
    shareTrace(outputs, first);
    if (problem) this.refusals.push({ index, ...problem });
  }

  #room(bytes: number): Buffer {
    const own = this.outputs.room(bytes);
    if (own !== this.#own) {
      this.#own = own;
      this.#roomView = new DataView(own.buffer, own.byteOffset, own.length);
    }
    return own;
  }

  /** By the decoder: null for a record that is refused, which is reported unless `index` is -1. */
  #decode(bytes: Buffer, start: number, size: number, arrival: Millis, index: number): Subject | null {
    const { decoder, check, limits, subject, time, derived } = this.options;
    this.#value = null;
    try {
      let rejection = checkSize(size, limits);
      if (rejection === null) {
        const value = decoder.decode(size < 0 ? null : bytes.subarray(start, start + size));
        rejection = check(value, arrival, limits);
        if (rejection === null) {
          if (time !== null) this.#timestamp = time.timestamp(value);
          if (derived !== undefined) this.#value = value;
          return subject(value);
        }
      }
      if (index >= 0) this.refusals.push({ index, ...rejection });
    } catch (error) {
      const refusal = refusalOf(error, index);
      if (index >= 0) this.refusals.push(refusal);
    }
    return null;
  }

  /** A record is admitted if it is of a known tenant and series and its id is new. */
  #admit(
    about: SubjectHash | PointInPlace,
    subject: Subject | null,
    bytes: Buffer,
    start: number,
    size: number,
    offset: number,
    arrival: Millis,
    index: number,
  ): typeof REFUSED | typeof DROPPED | typeof ADMITTED | typeof STOPPED {
    const { tenants, recentIds, series, decoder, derived } = this.options;
    const { partition, next } = this.state;
    const replayed = offset < next;
    if (tenants.someRefused) {
      const tenant = subject?.tenantId ?? this.#tenantOf(bytes);
      if (!tenants.lets(tenant)) {
        if (!replayed) this.refusals.push({ index, ...tenantRefused(tenant) });
        return REFUSED;
      }
    }
    const { idLow, idHigh } = about;
    const first = recentIds.look(idLow, idHigh, partition, offset, arrival, replayed);
    if (first === DUPLICATE) {
      if (!replayed) this.#duplicates += 1;
      return DROPPED;
    }
    if (series !== null && !series.touch(about.seriesLow, about.seriesHigh, partition, arrival)) {
      // What was let in before is in the changelog: this one was refused then.
      if (replayed) return REFUSED;
      const tenant = subject?.tenantId ?? this.#tenantOf(bytes);
      const limit = tenants.maxSeries(tenant);
      const weight = weightOf(this.#seriesBytes(subject));
      const refused = series.admit(
        about.seriesLow,
        about.seriesHigh,
        tenant,
        limit,
        partition,
        arrival,
        weight,
      );
      if (refused === 'ask') return STOPPED;
      if (refused !== null) {
        const whole = subject ?? this.options.subject(decoder.decode(bytes.subarray(start, start + size)));
        this.refusals.push({ index, ...seriesRefused(refused, whole) });
        this.options.seriesRefused?.(tenant);
        return REFUSED;
      }
      this.changes.push({
        key: changeKey(about.seriesLow, about.seriesHigh),
        value: changeValue(tenant, weight),
      });
    }
    if (!replayed && this.#value !== null && derived?.hasRoom(this.#value, { partition, arrival }) === false)
      return STOPPED;
    if (first === FIRST) recentIds.add(idLow, idHigh, about.tenant, partition, offset, arrival, replayed);
    return ADMITTED;
  }

  /** Length of what names the series of the decoded record, or of the point in view. */
  #seriesBytes(subject: Subject | null): number {
    if (subject !== null) {
      const { tenantId, name: metric, tags } = subject;
      return writeIdentity({ tenantId, metric, tags }, null).length;
    }
    const { view } = this.state;
    return view === null ? 0 : view.point.seriesEnd - view.point.seriesStart;
  }

  /** Of the point in view, which is ASCII. */
  #tenantOf(bytes: Buffer): string {
    const { view } = this.state;
    return view === null ? '' : bytes.toString('latin1', view.point.tenantStart, view.point.tenantEnd);
  }

  #clock(time: Millis): void {
    this.state.clock = time;
    this.options.recentIds.clock(this.state.partition, time);
  }

  #sweep(): void {
    const { state, options } = this;
    const { series, derived } = options;
    if (!(state.clock - state.sweptAt >= SWEEP_EVERY_MS)) return;
    state.sweptAt = state.clock;
    state.quotas?.sweep(state.clock, options.dedupWindowMs);
    for (const { low, high } of series?.sweep(state.partition, state.clock, options.seriesIdleMs) ?? [])
      this.changes.push({ key: changeKey(low, high), value: null });
    this.changes.push(...(derived?.sweep(state.partition, state.clock) ?? []));
  }
}
