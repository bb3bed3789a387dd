import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';

/** That somebody must wait before they try again. */
export class LoginLimited extends TactusError {
  /** For `Retry-After`. */
  readonly retryAfterS: number;

  constructor(message: string, waitMs: Millis) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    super('TACTUS_LOGIN_LIMITED', `${message}: try again in ${seconds} s`);
    this.retryAfterS = seconds;
  }
}
