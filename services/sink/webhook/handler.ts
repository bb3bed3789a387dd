import type { Clock, Millis } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import type { FlushPolicy } from '../../../shared/core/record-accumulator.js';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Refusal } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { BatchHandler } from '../../../shared/runners/sink-worker.js';
import type { TopicName } from '../../../topics/names.js';
import { batchHandler } from '../framework/batch-handler.js';
import type { Row } from '../framework/decode.js';
import { isolateRefused } from '../framework/isolate-refused.js';
import type { SinkTelemetry } from '../framework/telemetry.js';
import type { Poster } from './poster.js';
import { postOf, signed } from './request.js';

export interface WebhookTarget {
  readonly url: string;
  readonly poster: Poster;
  /** Empty for unsigned requests. */
  readonly secret: string;
  readonly timeoutMs: Millis;
  readonly clock: Clock;
  readonly telemetry: SinkTelemetry;
  readonly flushPolicy: FlushPolicy;
}

/** Responses that reject the body: another target, secret or time would not change them. */
const BODY_REJECTED = new Set([400, 413, 415, 422]);

/**
 * Posts records in batches, at least once and in order per partition.
 *
 * 2xx is a delivery. After 400, 413, 415 and 422 the batch is posted in halves, to refuse the records that
 * the target rejects. Everything else (no response, 5xx, 401, 404, a redirect, ...) is retried: the handler
 * throws `TACTUS_WEBHOOK_FAILED`.
 */
export function webhookHandler<T>(
  topic: TopicName,
  decoder: ValueDecoder<T>,
  target: WebhookTarget,
): BatchHandler {
  const { telemetry, flushPolicy } = target;
  return batchHandler({
    target: 'webhook',
    table: `webhook.${topic}`,
    undecodable: 'skip',
    ignoreTombstones: true,
    decoder,
    telemetry,
    flushPolicy,
    write: async (rows, batch, signal) => {
      const refusals: Refusal[] = [];
      await isolateRefused(
        rows,
        (some) => deliver(target, batch, some, signal),
        ({ index }, status) => {
          const message = `the webhook target answered ${status} to this record alone`;
          refusals.push({ index, code: 'TACTUS_ROW_REFUSED', message });
        },
      );
      return { stored: rows.length - refusals.length, unchanged: 0, refusals };
    },
  });
}

/**
 * @returns null for a delivery, or the status when the body was rejected
 * @throws TactusError `TACTUS_WEBHOOK_FAILED`
 */
async function deliver(
  target: WebhookTarget,
  batch: RecordBatch,
  rows: readonly Row<unknown>[],
  signal: AbortSignal,
): Promise<number | null> {
  const post = postOf(batch, rows);
  const seconds = Math.floor(target.clock.now() / 1_000);
  let status: number;
  try {
    status = await target.poster.post(target.url, {
      headers: {
        'content-type': 'application/json',
        'user-agent': 'tactus',
        ...signed(post, target.secret, seconds),
      },
      body: post.body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]),
    });
  } catch (error) {
    throw failed(target, messageOf(error), error);
  }
  if (status >= 200 && status < 300) return null;
  if (BODY_REJECTED.has(status)) return status;
  throw failed(target, `it answered ${status}`);
}

function failed({ url }: WebhookTarget, why: string, cause?: unknown): TactusError {
  return new TactusError('TACTUS_WEBHOOK_FAILED', `webhook target ${new URL(url).host}: ${why}`, { cause });
}
