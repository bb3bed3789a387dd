import type { FastifyInstance } from 'fastify';
import { TactusError } from '../../../shared/core/errors.js';

/** Answers that clients have not read are kept for them: these may have so many bytes in all, before they are compressed. */
const MAX_UNREAD_BYTES = 256 * 1_048_576;
/** One tenant may have half. */
const SHARE = 2;
/** What is less fits into the buffers of a connection. */
const SMALL_BYTES = 65_536;

const ofStreams = new WeakMap<object, number>();

/** The stream of an answer, which keeps what it is made of until it is read. @param bytes about as many */
export function keeping<T extends object>(stream: T, bytes: number): T {
  ofStreams.set(stream, bytes);
  return stream;
}

/**
 * Refuses large answers while too many are on their way: who asks for many and reads none would fill the memory. Of streams those count
 * that say what they keep.
 */
export function boundUnreadAnswers(api: Pick<FastifyInstance, 'addHook'>, most = MAX_UNREAD_BYTES): void {
  const ofTenants = new Map<string, number>();
  let all = 0;
  const add = (tenantId: string, bytes: number) => {
    all += bytes;
    const own = (ofTenants.get(tenantId) ?? 0) + bytes;
    if (own === 0) ofTenants.delete(tenantId);
    else ofTenants.set(tenantId, own);
  };
  api.addHook('onSend', (request, reply, payload, done) => {
    const bytes = bytesOf(payload);
    // Of a client that has gone nothing is kept, and nothing says later that it has.
    if (bytes <= SMALL_BYTES || reply.raw.destroyed) return done(null, payload);
    // Of requests that need no right.
    const { tenantId } = request.asking ?? { tenantId: '' };
    if (all + bytes > most || (ofTenants.get(tenantId) ?? 0) + bytes > most / SHARE) {
      for (const name of ['etag', 'vary']) reply.removeHeader(name);
      return done(
        new TactusError(
          'TACTUS_API_OVERLOADED',
          `answers of more than ${most / SHARE} bytes for the tenant, or ${most} in all, wait to be read: read those first`,
        ),
      );
    }
    add(tenantId, bytes);
    reply.raw.once('close', () => add(tenantId, -bytes));
    done(null, payload);
  });
}

function bytesOf(payload: unknown): number {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload.length;
  return typeof payload === 'object' && payload !== null ? (ofStreams.get(payload) ?? 0) : 0;
}
