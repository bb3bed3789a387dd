import { createRequire } from 'node:module';
import type { InternalBroker, RawProtocol } from '../internals.js';
import { readFetchResponse } from '../protocol/fetch-response.js';
import type { FrameBuffers } from '../protocol/frame-buffers.js';
import { fetchConnection } from './fetch-connection.js';

const require = createRequire(import.meta.url);
const fetchVersions = require('kafkajs/src/protocol/requests/fetch/index.js') as {
  protocol(version: { version: number }): (options: object) => RawProtocol<unknown>;
};

/** Version 11 (Kafka 2.3 and later): the newest that kafkajs encodes. */
const FETCH_VERSION = 11;
const NETWORK_ALLOWANCE_MS = 10_000;

export interface FetchRequest {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

/** Sends one read_committed Fetch to one broker. The record sets of the response stay encoded, in memory of `buffers`. */
export async function fetchFrom(
  broker: InternalBroker,
  request: FetchRequest,
  buffers: FrameBuffers,
): Promise<ReturnType<typeof readFetchResponse>> {
  const encode = fetchVersions.protocol({ version: FETCH_VERSION });
  const { request: encoded } = encode({
    maxWaitTime: request.maxWaitMs,
    minBytes: 1,
    maxBytes: request.maxBytes,
    topics: request.topics,
    rackId: '',
  });
  const connection = await fetchConnection(broker, buffers);
  return await connection.send({
    request: encoded,
    requestTimeout: request.maxWaitMs + NETWORK_ALLOWANCE_MS,
    response: { decode: readFetchResponse, parse: (answer) => answer },
  });
}
