import type { AuthenticationProviderArgs } from 'kafkajs';

/** Begins the variables of what Kafka is reached with. */
export const VARIABLES = 'TACTUS_KAFKA';

/** What is wrong with a login that a broker does not take, or that cannot be tried. kafkajs does not try it again. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly retriable = false;
}

/** What is particular to one mechanism. */
export interface Login {
  login(given: AuthenticationProviderArgs): Promise<void>;
  /** @param at the broker, @param why in the broker's words */
  refusal(at: string, why: string): LoginError;
}
