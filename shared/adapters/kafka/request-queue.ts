import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What kafkajs 2.2.4 keeps for each connection: requests that wait for their turn. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
  createSocketRequest(request: { readonly entry: { readonly apiKey: number } }): { requestTimeout: number };
}

/** Metadata and FindCoordinator: any broker answers them, from memory. */
const LOOKUPS = new Set([3, 10]);
const LOOKUP_TIMEOUT_MS = 5_000;

const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };

/*
 * Imported for its effect. After an answer, kafkajs looks again for waiting requests with a timer that sets
 * itself anew for as long as the connection lasts: every millisecond, with a time in the past, of which Node
 * warns from version 24 on. Without a waiting request there is nothing to look for: the next one sets a timer.
 */
const schedule = prototype.scheduleCheckPendingRequests;
prototype.scheduleCheckPendingRequests = function scheduleWhenPending(this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
};

/*
 * Whoever asks who leads or coordinates does so at a random broker, and everybody waits for the answer: a broker that
 * stands still would have the time-out of the slowest of requests for it.
 */
const create = prototype.createSocketRequest;
prototype.createSocketRequest = function createWithTimeout(this: RequestQueue, request) {
  const created = create.call(this, request);
  if (LOOKUPS.has(request.entry.apiKey))
    created.requestTimeout = Math.min(created.requestTimeout, LOOKUP_TIMEOUT_MS);
  return created;
};
