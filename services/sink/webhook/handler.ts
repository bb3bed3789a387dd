import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import type { TopicName } from '../../../topics/names.js';
import { decodeRecords, range } from '../decode.js';
import type { SinkTelemetry } from '../telemetry.js';
import { type Entry, postOf, signed } from './body.js';

export interface WebhookTarget {
  readonly url: string;
  /** Empty to sign nothing. */
  readonly secret: string;
  readonly timeoutMs: Millis;
  readonly clock: Clock;
  readonly telemetry: SinkTelemetry;
  readonly flushPolicy: FlushPolicy;
}

/** Answers that are about what was sent: another target, secret or hour would not change them. */
const ABOUT_THE_BODY = new Set([400, 413, 415, 422]);

/**
 * Posts records in batches, at least once and in order per partition.
 *
 * An answer of 2xx is a delivery. 400, 413, 415 and 422 are about the body: the batch is posted in
 * halves until a single record is left that the target does not take, which is refused. Everything else
 * (no answer, 5xx, 401, 404, a redirect, ...) is waited for: `TACTUS_WEBHOOK_FAILED` makes the batch come again.
 */
export function webhookHandler<T>(
  topic: TopicName,
  decoder: ValueDecoder<T>,
  target: WebhookTarget,
): BatchHandler {
  const { telemetry } = target;
  return {
    decoder,
    flushPolicy: target.flushPolicy,
    handle: async (batch, signal) => {
      // A tombstone is compaction's business: there is nothing to tell.
      const indices = [...range(0, batch.length)].filter((index) => batch.value(index) !== null);
      const { rows, refusals: undecodable } = decodeRecords(decoder, batch, indices);
      if (undecodable.length > 0) telemetry.skipped('webhook', undecodable.length);
      const refusals: Refusal[] = [];
      const done = telemetry.timeWrite('webhook');
      await deliver(batch, rows, refusals, signal);
      done();
      telemetry.written(`webhook.${topic}`, { stored: rows.length - refusals.length, unchanged: 0 });
      return refusals;
    },
  };

  async function deliver(
    batch: RecordBatch,
    entries: readonly Entry[],
    refusals: Refusal[],
    signal: AbortSignal,
  ): Promise<void> {
    const [only] = entries;
    if (only === undefined) return;
    const status = await post(batch, entries, signal);
    if (status >= 200 && status < 300) return;
    if (!ABOUT_THE_BODY.has(status)) fail(`it answered ${status}`);
    if (entries.length === 1) {
      const message = `the webhook target answered ${status} to this record alone`;
      refusals.push({ index: only.index, code: 'TACTUS_ROW_REFUSED', message });
      return;
    }
    const middle = entries.length >> 1;
    await deliver(batch, entries.slice(0, middle), refusals, signal);
    await deliver(batch, entries.slice(middle), refusals, signal);
  }

  async function post(batch: RecordBatch, entries: readonly Entry[], signal: AbortSignal): Promise<number> {
    const one = postOf(batch, entries);
    const seconds = Math.floor(target.clock.now() / 1_000);
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'tactus',
          ...signed(one, target.secret, seconds),
        },
        body: one.body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]),
      });
      // Frees the connection; what the target has to say beyond the status is of no use here.
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return fail(messageOf(cause), error);
    }
  }

  function fail(why: string, cause?: unknown): never {
    throw new TactusError('TACTUS_WEBHOOK_FAILED', `webhook target ${new URL(target.url).host}: ${why}`, {
      cause,
    });
  }
}
