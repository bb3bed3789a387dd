import { FlexibleReader, type FlexibleWriter } from './flexible.js';

/** A request whose body is spread over several buffers, which must not change until the response is there. */
export interface PartsRequest<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Requests of flexible versions have a header with tagged fields. */
  readonly flexible: boolean;
  readonly parts: readonly Buffer[];
  readonly requestTimeoutMs: number;
  /** Receives the response after the correlation id. */
  decode(payload: Buffer): T;
}

/** Makes requests of flexible versions, whose responses are decoded from behind the tags of their header. */
export const flexibleRequests =
  (requestTimeoutMs: number) =>
  <T>(
    apiName: string,
    apiKey: number,
    apiVersion: number,
    body: FlexibleWriter,
    decode: (reader: FlexibleReader) => T,
  ): PartsRequest<T> => ({
    ...{ apiName, apiKey, apiVersion, flexible: true, requestTimeoutMs, parts: [body.take()] },
    decode: (payload) => {
      const reader = new FlexibleReader(payload);
      reader.tags();
      return decode(reader);
    },
  });
