/** Why the server closes a connection: codes of WebSocket (RFC 6455, 7.4) with the reasons that go with them. */
export const CLOSED = {
  stopping: { code: 1001, reason: 'the server is stopping' },
  failed: { code: 1011, reason: 'internal error' },
  binary: { code: 1003, reason: 'messages must be text' },
  full: { code: 1013, reason: 'too many clients' },
  unauthenticated: { code: 4001, reason: 'no valid token' },
  expired: { code: 4002, reason: 'the token has expired' },
  revoked: { code: 4003, reason: 'the token is revoked' },
  slow: { code: 4008, reason: 'read too slowly' },
  flooding: { code: 4029, reason: 'too many messages' },
} as const;

export type Closing = (typeof CLOSED)[keyof typeof CLOSED];
