import type { Alert } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { messageOf, TactusError } from '../../shared/core/errors.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Refusal } from '../../shared/core/stage.js';
import type { ValueDecoder } from '../../shared/ports/codec.js';
import type { Logger } from '../../shared/runtime/logger.js';
import type { BatchHandler } from '../../shared/runtime/sink-worker.js';
import { wasTold } from './resolution.js';
import type { DeliveryOutcome } from './telemetry.js';
import { webhookPayload } from './webhook-payload.js';

export interface WebhookOptions {
  readonly url: string;
  readonly timeoutMs: Millis;
  readonly decoder: ValueDecoder<Alert>;
  readonly log: Logger;
  readonly observer: { delivery(outcome: DeliveryOutcome): void };
}

/** Answers below 500 after which the same post may well be accepted later. */
const PASSING = new Set([408, 425, 429]);

/**
 * Posts each alert that begins to fire or is over, one after the other, at least once.
 *
 * A network error, a time-out, 5xx, 408, 425 or 429 rejects with `TACTUS_WEBHOOK_FAILED`: the same batch then comes
 * again, and goes on after what was delivered already. Any other answer but 2xx will not change
 * by itself: it is logged, counted, and the alert given up. Redirects are not followed, so that
 * alerts go nowhere but where the configuration says.
 */
export function webhookHandler(options: WebhookOptions): BatchHandler {
  const { decoder, log, observer } = options;
  const target = targetOf(options.url);
  /** By partition: how far the batch that failed had come. */
  const progress = new Map<number, { readonly first: number; next: number }>();

  return {
    decoder,
    async handle(batch, signal) {
      if (batch.length === 0) return [];
      const first = batch.offset(0);
      const earlier = progress.get(batch.partition);
      const place = earlier?.first === first ? earlier : { first, next: 0 };
      progress.set(batch.partition, place);
      const refusals: Refusal[] = [];
      for (let i = 0; i < batch.length; i++) {
        const alert = decode(batch, i, refusals);
        if (alert === null || i < place.next) continue;
        if (alert.state !== 'pending' && wasTold(alert.annotations)) await deliver(alert, signal);
        place.next = i + 1;
      }
      progress.delete(batch.partition);
      return refusals;
    },
  };

  function decode(batch: RecordBatch, index: number, refusals: Refusal[]): Alert | null {
    const value = batch.value(index);
    // A tombstone: compaction's business, no alert.
    if (value === null) return null;
    try {
      return decoder.decode(value);
    } catch (error) {
      if (!(error instanceof TactusError)) throw error;
      refusals.push({ index, code: error.code, message: error.message });
      return null;
    }
  }

  async function deliver(alert: Alert, signal: AbortSignal): Promise<void> {
    const status = await post(alert, signal);
    if (status >= 200 && status < 300) return observer.delivery('delivered');
    if (status >= 500 || PASSING.has(status)) fail(`it answered ${status}`);
    observer.delivery('given_up');
    log.error(
      { fingerprint: alert.fingerprint, state: alert.state, status, target: target.url.host },
      `the webhook target refuses an alert with ${status}: it is given up`,
    );
  }

  async function post(alert: Alert, signal: AbortSignal): Promise<number> {
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'tactus', ...target.headers },
        body: JSON.stringify(webhookPayload(alert)),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
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
    observer.delivery('failed');
    throw new TactusError('TACTUS_WEBHOOK_FAILED', `webhook target ${target.url.host}: ${why}`, { cause });
  }
}

/** `fetch` refuses a user in the URL: it goes into the header where HTTP has it. */
function targetOf(text: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(text);
  if (url.username === '') return { url, headers: {} };
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } };
}
