import { createHmac } from 'node:crypto';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import type { Row } from '../framework/decode.js';
import { toJson } from '../rows/json.js';

/** A request: its body, and an id that stays the same when it is repeated. */
export interface Post {
  readonly id: string;
  readonly body: string;
}

/**
 * The body `{topic, partition, records: [{offset, value}]}`. Offsets identify records: a target that
 * remembers the last one of each partition can ignore repeated records.
 */
export function postOf(batch: RecordBatch, rows: readonly Row<unknown>[]): Post {
  const { topic, partition } = batch;
  const records = rows.map(({ index, value }) => ({ offset: batch.offset(index), value }));
  const first = records[0]?.offset ?? 0;
  const last = records.at(-1)?.offset ?? first;
  return { id: `${topic}-${partition}-${first}-${last}`, body: toJson({ topic, partition, records }) };
}

/**
 * The headers of Standard Webhooks 1.0. The signature is HMAC-SHA256 over id, time and body, so a receiver
 * can verify the sender and reject replayed requests.
 *
 * @param secret `whsec_` and base64, as specified; any other text is used as it is
 * @param seconds since the epoch
 */
export function signed({ id, body }: Post, secret: string, seconds: number): Record<string, string> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': `${seconds}` };
  if (secret === '') return headers;
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
