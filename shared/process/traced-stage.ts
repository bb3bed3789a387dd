import type { Millis } from '../core/clock.js';
import { EachSecond } from '../core/each-second.js';
import {
  OUT_KEY_END,
  OUT_KEY_START,
  OUT_PLACES,
  OUT_VALUE_END,
  OUT_VALUE_START,
  type OutputBatch,
} from '../core/output-batch.js';
import { HEADERS_LENGTH, HEADERS_START, PLACES, type RecordBatch } from '../core/record-batch.js';
import type { Stage, StepResult } from '../core/stage.js';
import { LEAST_TRACED_BYTES, type TraceContext, traceHeaders, traceIn } from '../core/trace-context.js';
import type { SpanAttributes, Tracing } from '../ports/tracing.js';

/** Traced records of a step that are looked at; of a stretch of the log anybody may have marked all. */
const MAX_IN_STEP = 16;
/** Noted records of a partition; the oldest are forgotten. */
const MAX_NOTES = 256;
/** Links of a span. */
export const MAX_LINKS = 8;
/** Outputs that are decoded in a second to find what they come from: where many have the key of a traced record, few may be of it. */
const MAX_DECODED_PER_SECOND = 100;

/** Outputs that go back to traced records. */
export interface TracedOutput<Noted> {
  /**
   * Whether a span is made of an output, and of which noted records it comes. Called with the output's value.
   *
   * @returns null for one that no span is made of
   */
  readonly read: (value: Buffer) => OutputTrace<Noted> | null;
  /** Only of inputs with the same key. */
  readonly sameKey: boolean;
}

export interface OutputTrace<Noted> {
  readonly comesFrom: (noted: Noted) => boolean;
  /** Null passes the trace of the input on as it is. */
  readonly span: { readonly name: string; readonly attributes: SpanAttributes } | null;
}

export interface TracedStageOptions<Noted> {
  /** Undefined where tracing is off. */
  readonly tracing: Tracing | undefined;
  readonly group: string;
  /** What is kept of a traced record until something comes of it; whatever it throws leaves the record out. */
  readonly note?: (value: Buffer | null) => Noted;
  /** How long it is kept; by default for its step. */
  readonly keepMs?: () => Millis;
  /** By topic. */
  readonly outputs?: Readonly<Record<string, TracedOutput<Noted>>>;
  /** Called for each traced record. */
  readonly noted?: (noted: Noted, context: TraceContext) => void;
}

interface Note<Noted> {
  readonly context: TraceContext;
  readonly what: Noted;
  /** Hash of the key. */
  readonly key: number;
  readonly at: Millis;
}

/**
 * Wraps a stage so that its traced records are seen in spans: one of each batch that has some, which links to them, and
 * one of each output that comes of some, whose context goes on in its header. The stage itself knows nothing of it.
 * What is noted is no part of the state: a restart loses it, and with it links, never records.
 *
 * A span that goes back to one trace is part of it, and one of several begins a trace and links to them.
 */
export function tracedStage<S extends object, Noted>(
  stage: Stage<S>,
  options: TracedStageOptions<Noted>,
): Stage<S> {
  const { tracing } = options;
  if (tracing === undefined) return stage;
  const notes = new WeakMap<S, Note<Noted>[]>();
  const decoded = new EachSecond();
  return {
    ...stage,
    step(state, batch, now) {
      const known = notes.get(state);
      const isRead = batch.length > 0 && tracing.hasRoom('batch');
      const found = isRead ? tracedOf(batch, stage.replayUntil?.(state) ?? 0) : NONE;
      if (found.length === 0 && known === undefined) return stage.step(state, batch, now);
      const fresh = notesOf(found, batch, options, now);
      let result = stage.step(state, batch, now);
      if (found.length > 0)
        result = {
          ...result,
          traceId: traceBatch(found, batch, result, { tracing, group: options.group, now }),
        };
      const all = fresh.length === 0 ? (known ?? []) : [...(known ?? []), ...fresh].slice(-MAX_NOTES);
      const mayDecode =
        all.length > 0 && result.outputs.length > 0 && decoded.at(now) < MAX_DECODED_PER_SECOND;
      if (mayDecode && tracing.hasRoom('output'))
        traceOutputs(result.outputs, all, options, { tracing, decoded, now });
      const keepMs = options.keepMs?.() ?? 0;
      // The first is the oldest.
      const isFresh = all.length > 0 && now - (all[0] as Note<Noted>).at < keepMs;
      if (isFresh && all === known && result.state === state) return result;
      const kept = isFresh ? all : all.filter(({ at }) => now - at < keepMs);
      notes.delete(state);
      if (kept.length > 0) notes.set(result.state, kept);
      return result;
    },
  };
}

/** Makes a span of a batch whose outputs are there; gives its trace. */
function traceBatch(
  found: readonly Found[],
  batch: RecordBatch,
  { outputs, refusals }: StepResult<unknown>,
  { tracing, group, now }: { readonly tracing: Tracing; readonly group: string; readonly now: Millis },
): string {
  const span = tracing.start(`process ${batch.topic}`, {
    kind: 'consumer',
    links: found.slice(0, MAX_LINKS).map(({ context }) => context),
    startedAt: now,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.destination.name': batch.topic,
      'messaging.destination.partition.id': String(batch.partition),
      'messaging.consumer.group.name': group,
      'messaging.batch.message_count': batch.length,
      'messaging.kafka.offset': batch.offset(0),
      'tactus.records.out': outputs.length,
      'tactus.refused': refusals.length,
    },
  });
  span.end();
  return span.context.traceId;
}

/** A traced record of a batch. */
interface Found {
  readonly index: number;
  readonly context: TraceContext;
}

const NONE: readonly Found[] = [];

/** A record that is not sampled costs a comparison. */
function tracedOf({ segments }: RecordBatch, from: number): readonly Found[] {
  let found: Found[] | null = null;
  let first = 0;
  for (const { bytes, length, offsets, places } of segments) {
    for (let i = 0; i < length; i++) {
      const size = places[i * PLACES + HEADERS_LENGTH] as number;
      if (size < LEAST_TRACED_BYTES || (offsets[i] as number) < from) continue;
      const context = traceIn(bytes, places[i * PLACES + HEADERS_START] as number, size);
      if (context === null) continue;
      found ??= [];
      found.push({ index: first + i, context });
      if (found.length === MAX_IN_STEP) return found;
    }
    first += length;
  }
  return found ?? NONE;
}

function notesOf<Noted>(
  found: readonly Found[],
  batch: RecordBatch,
  { note, noted }: TracedStageOptions<Noted>,
  now: Millis,
): Note<Noted>[] {
  if (note === undefined) return [];
  return found.flatMap(({ index, context }) => {
    try {
      const what = note(batch.value(index));
      noted?.(what, context);
      const key = batch.key(index);
      return { context, what, key: key === null ? 0 : hashOf(key, 0, key.length), at: now };
    } catch {
      // The stage refuses it too.
      return [];
    }
  });
}

function traceOutputs<Noted>(
  outputs: OutputBatch,
  notes: readonly Note<Noted>[],
  { outputs: traced = {} }: TracedStageOptions<Noted>,
  {
    tracing,
    decoded,
    now,
  }: { readonly tracing: Tracing; readonly decoded: EachSecond; readonly now: Millis },
): void {
  const byKey = Map.groupBy(notes, ({ key }) => key);
  let last: { readonly value: Buffer; readonly start: number; readonly headers: Buffer } | null = null;
  for (let i = 0; i < outputs.length; i++) {
    const about = traced[outputs.topics[i] as string];
    if (about === undefined) continue;
    const place = i * OUT_PLACES;
    const value = outputs.values[i] as Buffer;
    const start = outputs.places[place + OUT_VALUE_START] as number;
    // The same record to another topic.
    if (last !== null && value === last.value && start === last.start) {
      outputs.addHeaders(last.headers, i);
      continue;
    }
    const key = outputs.keys[i] as Buffer | null;
    const [keyStart, keyEnd] = [outputs.places[place + OUT_KEY_START], outputs.places[place + OUT_KEY_END]];
    const candidates = about.sameKey
      ? byKey.get(key === null ? 0 : hashOf(key, keyStart as number, keyEnd as number))
      : notes;
    if (candidates === undefined) continue;
    if (decoded.at(now) >= MAX_DECODED_PER_SECOND) return;
    decoded.add();
    const read = about.read(value.subarray(start, outputs.places[place + OUT_VALUE_END]));
    if (read === null) continue;
    if (read.span !== null && !tracing.hasRoom('output')) return;
    const from = candidates.filter(({ what }) => read.comesFrom(what)).slice(-MAX_LINKS);
    if (from.length === 0) continue;
    const headers = traceHeaders(contextOf(read, from, tracing));
    outputs.addHeaders(headers, i);
    last = { value, start, headers };
  }
}

function contextOf<Noted>(
  { span }: OutputTrace<Noted>,
  from: readonly Note<Noted>[],
  tracing: Tracing,
): TraceContext {
  const links = from.map(({ context }) => context);
  if (span === null) return links.at(-1) as TraceContext;
  const { name, attributes } = span;
  const startedAt = Math.min(...from.map(({ at }) => at));
  const started = tracing.start(name, {
    ...{ kind: 'producer', parent: oneTrace(links), links, attributes, startedAt },
  });
  started.end();
  return started.context;
}

/** The last of spans that are all of one trace; null where they are of several. */
export function oneTrace(contexts: readonly TraceContext[]): TraceContext | null {
  const last = contexts.at(-1);
  if (last === undefined) return null;
  return contexts.every(({ traceId }) => traceId === last.traceId) ? last : null;
}

/** FNV-1a. Keys that share one are distinguished by what is noted. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}
