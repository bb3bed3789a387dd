/** What the API refused, as RFC 9457 has it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  /** @param etag of what is there now, where somebody else has changed it */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly etag: string | null = null,
  ) {
    super(message);
  }

  /** Whether somebody may not do it, so that asking again does not help. */
  get isForbidden(): boolean {
    return this.status === 403;
  }

  /** Whether there is no such thing, or not any more. */
  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** Whether it was made of a version that is not there any more. */
  get isConflict(): boolean {
    return this.status === 412;
  }
}

/** The API did not answer, or cannot at the moment: asking again later does help. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
}

/** Nobody is logged in any more. */
export class LoggedOut extends Error {
  override readonly name = 'LoggedOut';
}

/** What is said about an error, to people. */
export function saidOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
