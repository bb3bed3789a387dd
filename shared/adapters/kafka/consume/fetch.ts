import type { InternalBroker } from '../internals.js';
import {
  FETCH_API_KEY,
  type FetchOptions,
  type FetchPartition,
  fetchRequest,
} from '../protocol/fetch-request.js';
import type { FetchResponse } from '../protocol/fetch-response.js';
import type { FrameBuffers } from '../protocol/frame-buffers.js';
import { sendOver } from '../send-parts.js';
import { fetchConnection } from './fetch-connection.js';

const WITH_TOPIC_IDS = 13;

/** Sends one read_committed Fetch to one broker. The record sets of the response stay encoded, in memory of `buffers`. */
export async function fetchFrom(
  broker: InternalBroker,
  partitions: readonly FetchPartition[],
  options: FetchOptions,
  buffers: FrameBuffers,
): Promise<FetchResponse> {
  const connection = await fetchConnection(broker, buffers);
  const newest = broker.versions?.[FETCH_API_KEY]?.maxVersion ?? 0;
  const byId = newest >= WITH_TOPIC_IDS && partitions.every(({ topicId }) => topicId !== null);
  return await sendOver(connection, fetchRequest(partitions, options, byId ? 13 : 12));
}
