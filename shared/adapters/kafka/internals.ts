import type { Writable } from 'node:stream';
import type { Kafka } from 'kafkajs';
import type { PartitionMetadata } from './protocol/metadata.js';

/*
 * Internals of kafkajs 2.2.4, missing from its types, that the log reader and the transactional producer
 * use: the cluster (metadata, leaders, connections with TLS and SASL) and a broker's raw requests. The
 * version is pinned, and upstream releases no other; tests use these against a real broker.
 */

/** A request and the decoder of its response; `decode` receives the body after the correlation id. */
export interface RawProtocol<T> {
  request: unknown;
  requestTimeout?: number;
  response: { decode(payload: Buffer): T; parse(decoded: T): T };
}

/** One connection to a broker; reconnecting replaces the fields. */
export interface InternalConnection {
  send<T>(protocol: RawProtocol<T>): Promise<T>;
  readonly clientId: string;
  readonly socket: Writable;
  authenticate(): Promise<void>;
  failIfNotConnected(): void;
  nextCorrelationId(): number;
  /** Not null during the SASL handshake. */
  readonly authHandlers: object | null;
  /** What has been received of a response that is not complete. */
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  readonly requestQueue: {
    readonly inflight: ReadonlyMap<number, unknown>;
    /** Calls `sendRequest` when it is the request's turn, and `resolve` or `reject` with the outcome. */
    push(request: {
      entry: {
        apiKey: number;
        apiName: string;
        apiVersion: number;
        correlationId: number;
        resolve(answer: { payload: Buffer }): void;
        reject(error: Error): void;
      };
      expectResponse: boolean;
      requestTimeout: number;
      sendRequest(): void;
    }): void;
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
  /** Receives each chunk that the socket reads. */
  processData(chunk: Buffer): void;
  rejectRequests(error: Error): void;
  disconnect(): Promise<unknown>;
}

export interface InternalBroker {
  /** What the broker supports, by key of the API. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  connectionPool: {
    getConnection(index: number): Promise<InternalConnection>;
  };
  disconnect(): Promise<void>;
}

export interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  getNodeIds(): string[];
  findBroker(node: { nodeId: string }): Promise<InternalBroker>;
  /** Type 0 finds the coordinator of a group, 1 that of a transactional id. */
  findGroupCoordinator(what: { groupId: string; coordinatorType: 0 | 1 }): Promise<InternalBroker>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
}

const METADATA_MAX_AGE_MS = 60_000;

/** A separate cluster with the client's settings; the caller connects and disconnects it. */
export function openCluster(kafka: Kafka): InternalCluster {
  const key = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  if (key === undefined) throw new Error('this version of kafkajs has no cluster factory');
  const create = (kafka as unknown as Record<symbol, (options: object) => InternalCluster>)[key];
  return (create as (options: object) => InternalCluster)({
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
  });
}
