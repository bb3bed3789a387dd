import { createHash } from 'node:crypto';
import { cString, message } from './bridge-frames.js';

/** PostgreSQL cuts longer names off, which would make two of them one. */
const MAX_NAME_BYTES = 63;

/** A message of the extended protocol that names a prepared statement. */
export interface Renamed {
  readonly bytes: Buffer;
  /** Parse, Bind and so on; null for messages that name none. */
  readonly does: 'parse' | 'use' | 'close' | null;
  /** The statement's name in the session; empty for the unnamed one. */
  readonly name: string;
}

/**
 * Gives a client's prepared statement a name of its own in the session that all clients share:
 * `<prefix><name>`. The unnamed statement stays unnamed. Portals need no renaming: they live no
 * longer than a transaction, and during one a client has the session to itself.
 */
export function renameStatement(bytes: Buffer, prefix: string): Renamed {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (type === 'P') return renameAt(bytes, 5, prefix, 'parse');
  if (type === 'B') return renameAt(bytes, cString(bytes, 5)[1], prefix, 'use');
  // Describe and Close say with one byte whether they mean a statement or a portal.
  if ((type === 'D' || type === 'C') && bytes[5] === 0x53)
    return renameAt(bytes, 6, prefix, type === 'C' ? 'close' : 'use');
  return { bytes, does: null, name: '' };
}

function renameAt(bytes: Buffer, offset: number, prefix: string, does: 'parse' | 'use' | 'close'): Renamed {
  const [original, next] = cString(bytes, offset);
  if (original === '') return { bytes, does, name: '' };
  const name = sessionName(original, prefix);
  const head = bytes.subarray(5, offset);
  const renamed = message(String.fromCharCode(bytes[0] ?? 0), head, name, bytes.subarray(next));
  return { bytes: renamed, does, name };
}

function sessionName(original: string, prefix: string): string {
  const name = prefix + original;
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return prefix + createHash('sha1').update(original).digest('hex');
}

/** Closes a prepared statement of the session; no error if there is none. */
export function closeStatement(name: string): Buffer {
  return message('C', Buffer.from('S'), name);
}
