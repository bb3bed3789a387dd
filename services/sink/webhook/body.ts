import { createHmac } from 'node:crypto';
import type { RecordBatch } from '../../../shared/core/record-batch.js';
import { toJson } from '../timescale/rows.js';

/** A record that is to be posted. */
export interface Entry {
  readonly index: number;
  readonly value: unknown;
}

/** One post: what is sent, and the name that stays the same when it is sent again. */
export interface Post {
  readonly id: string;
  readonly body: string;
}

/**
 * The body `{topic, partition, records: [{offset, value}]}`. Offsets name a record for ever: a target that
 * remembers the last one of each partition knows what it has seen.
 */
export function postOf(batch: RecordBatch, entries: readonly Entry[]): Post {
  const { topic, partition } = batch;
  const records = entries.map(({ index, value }) => ({ offset: batch.offset(index), value }));
  const first = records[0]?.offset ?? 0;
  const last = records.at(-1)?.offset ?? first;
  return { id: `${topic}-${partition}-${first}-${last}`, body: toJson({ topic, partition, records }) };
}

/**
 * The headers of Standard Webhooks 1.0: the signature is HMAC-SHA256 over id, time and body, so a
 * receiver can tell who sent it, and refuse an old one that somebody else sends again.
 *
 * @param secret `whsec_` and base64, as the specification has it; any other text is taken as it is
 * @param seconds since 1970
 */
export function signed({ id, body }: Post, secret: string, seconds: number): Record<string, string> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': `${seconds}` };
  if (secret === '') return headers;
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
