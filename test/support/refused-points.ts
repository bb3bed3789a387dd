import { loadSchemas, recordSchema } from '../../shared/catalog/schemas.js';
import type { PlainClient } from './plain-client.js';

const HOUR_MS = 3_600_000;

/** A point that was not taken. */
export interface RefusedPoint {
  readonly tenant: string;
  readonly value: Buffer;
  readonly message?: string;
  readonly error?: string;
  readonly headers?: Readonly<Record<string, Buffer>>;
  readonly failedAt?: number;
}

/** Writes dead letters of `ingest.metrics`, as ingest does: of the key `TENANT|cpu`, two hours ago, one after the other. */
export async function refusePoints(
  client: PlainClient,
  prefix: string,
  points: readonly RefusedPoint[],
): Promise<void> {
  const encode = await client.encoder('dlq', recordSchema(loadSchemas(), 'DeadLetter').schema as object);
  const before = Date.now() - 2 * HOUR_MS;
  await client.produce(
    'dlq',
    points.map(({ tenant, value, message = 'refused', error = 'TACTUS_TAGS_TOO_MANY', ...more }, offset) => {
      const key = `${tenant}|cpu`;
      const { headers = {}, failedAt = before + offset } = more;
      return {
        key,
        value: encode({
          ...{ topic: `${prefix}ingest.metrics`, partition: 0, offset, key: Buffer.from(key), value },
          ...{ headers, error, message, worker: 'ingest', failedAt },
        }),
      };
    }),
  );
}
