import type { PeopleSecret } from './people-secret.js';

/*
 * The text of a refresh token: its session, its number within it, and a MAC of both, in base64url. Those that were used before are known
 * from those that nobody was ever given without being stored: only the first end a session, so that nobody can who merely knows its id.
 */

const ID_BYTES = 16;
const NUMBER_BYTES = 4;
const MAC_BYTES = 32;
const LENGTH = Math.ceil(((ID_BYTES + NUMBER_BYTES + MAC_BYTES) * 4) / 3);
const FORM = new RegExp(`^[\\w-]{${LENGTH}}$`);

export interface RefreshToken {
  /** UUID. */
  readonly sessionId: string;
  readonly generation: number;
}

export function refreshTokenText(secret: PeopleSecret, { sessionId, generation }: RefreshToken): string {
  const head = Buffer.alloc(ID_BYTES + NUMBER_BYTES);
  head.write(sessionId.replaceAll('-', ''), 'hex');
  head.writeUInt32BE(generation, ID_BYTES);
  return Buffer.concat([head, secret.mac('refresh', head.toString('hex'))]).toString('base64url');
}

/** Null for a text that was never given to anybody. */
export function parseRefreshToken(secret: PeopleSecret, text: string): RefreshToken | null {
  if (!FORM.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  const head = bytes.subarray(0, ID_BYTES + NUMBER_BYTES);
  if (!secret.isMac('refresh', head.toString('hex'), bytes.subarray(head.length))) return null;
  const sessionId = head
    .toString('hex', 0, ID_BYTES)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { sessionId, generation: head.readUInt32BE(ID_BYTES) };
}
