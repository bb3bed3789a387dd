/** How long an access token is good for. */
export const ACCESS_TOKEN_S = 600;

/** How long a link to log in is good for. */
export const LOGIN_LINK_MS = 600_000;

/** How long a login at an identity provider may take. */
export const PENDING_LOGIN_MS = 600_000;
/** How long a browser is known after a login. */
export const DEVICE_MS = 180 * 86_400_000;

/** A session that is not refreshed for so long has ended. */
export const SESSION_IDLE_MS = 7 * 86_400_000;
/** And so has one that began so long ago: its user logs in again. */
export const SESSION_MS = 30 * 86_400_000;
/** Of one user; the one used least recently ends. */
export const MAX_SESSIONS = 100;
