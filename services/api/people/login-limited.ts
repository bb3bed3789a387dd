import type { Millis } from '../../../shared/core/clock.js';
import { HttpProblem } from '../http/problem.js';

/** That somebody must wait before they try again. */
export class LoginLimited extends HttpProblem {
  constructor(message: string, waitMs: Millis) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    super(429, 'TACTUS_LOGIN_LIMITED', `${message}: try again in ${seconds} s`, {
      'retry-after': `${seconds}`,
    });
  }
}
