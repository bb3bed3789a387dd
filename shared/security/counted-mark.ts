import { createHmac } from 'node:crypto';
import { encodeHeaders } from '../core/headers.js';
import { derivedKey } from './derived-key.js';

const HEADER = 'counted';
const USE = 'tactus record counted against quotas, 1';
const BYTES = 12;

/**
 * Headers of a record that the gateway has counted against its tenant's quotas: `ingest` counts it no more, so that it refuses
 * nothing that was acknowledged. Nobody else can make them; `ingest` takes them off.
 *
 * @param secret of the installation
 */
export function countedMarks(secret: string): (tenant: string) => Buffer {
  const key = derivedKey(secret, USE);
  return (tenant) => {
    const mac = createHmac('sha256', key).update(tenant).digest().subarray(0, BYTES);
    return encodeHeaders({ [HEADER]: mac });
  };
}
