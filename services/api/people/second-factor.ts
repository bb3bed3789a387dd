import type { Millis } from '../../../shared/core/clock.js';
import type { PeopleSecret } from './people-secret.js';
import type { NewSecondFactor, PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import { newRecoveryCodes, recoveryHash } from './recovery-codes.js';
import { newTotpSecret, stepOfCode, totpEnrolment } from './totp.js';

/** What its owner needs of a new second factor; shown once. */
export interface Enrolment {
  /** Base32. */
  readonly secret: string;
  /** `otpauth:`; mostly shown as a QR code. */
  readonly uri: string;
}

/** The second factor of people: it is prepared, turned on by a first code, and asked for at each login. */
export class SecondFactor {
  constructor(
    private readonly store: PeopleStore,
    private readonly secret: PeopleSecret,
  ) {}

  /** Prepares it; {@link confirm} turns it on. One that is on stays so until then. */
  async prepare({ id, name }: Person): Promise<Enrolment> {
    const plain = newTotpSecret();
    await this.store.setPendingSecret(id, this.secret.seal(plain, aboutTotp(id)));
    return totpEnrolment(plain, name);
  }

  /** Turns on what was prepared. @returns recovery codes; null where the code is not of the secret that was prepared */
  async confirm(
    person: Person,
    code: string,
    now: Millis,
    keepSessionId: string | null,
  ): Promise<string[] | null> {
    const plain = this.#plain(person, person.totpPending);
    const step = plain === null ? null : stepOfCode(plain, code, now);
    if (plain === null || step === null) return null;
    const { factor, codes } = this.#factor(person, plain, step);
    await this.store.setSecondFactor(person.id, factor, keepSessionId);
    return codes;
  }

  /** Turns it on at once, with a new secret, for who hands it to its owner. Ends all sessions. */
  async impose(person: Person): Promise<Enrolment & { readonly recoveryCodes: readonly string[] }> {
    const plain = newTotpSecret();
    const { factor, codes } = this.#factor(person, plain, 0);
    await this.store.setSecondFactor(person.id, factor, null);
    return { ...totpEnrolment(plain, person.name), recoveryCodes: codes };
  }

  /** Uses a code, of the app or for recovery, up; false where it is wrong or was used before. */
  async use(person: Person, code: string, now: Millis): Promise<boolean> {
    const recovery = recoveryHash(this.secret, person.id, code);
    if (recovery !== null) return await this.store.useRecoveryCode(person.id, recovery);
    const plain = this.#plain(person, person.totpSecret);
    const step = plain === null ? null : stepOfCode(plain, code, now);
    return step !== null && (await this.store.useStep(person.id, step));
  }

  #factor({ id }: Person, plain: Buffer, step: number): { factor: NewSecondFactor; codes: string[] } {
    const codes = newRecoveryCodes();
    const recoveryHashes = codes
      .map((code) => recoveryHash(this.secret, id, code))
      .filter((hash) => hash !== null);
    return { factor: { secret: this.secret.seal(plain, aboutTotp(id)), step, recoveryHashes }, codes };
  }

  /** Null also where it was encrypted under another secret of the installation: then no code is right. */
  #plain({ id }: Person, sealed: Buffer | null): Buffer | null {
    return sealed === null ? null : this.secret.open(sealed, aboutTotp(id));
  }
}

function aboutTotp(userId: string): string {
  return `totp ${userId}`;
}
