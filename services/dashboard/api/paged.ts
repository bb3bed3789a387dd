interface Page {
  readonly nextCursor: string | null;
}

/**
 * The pages of a list, one after the other; none is asked for before it is wanted.
 *
 * @param ask for the page at a cursor; for the first one without any
 * @param most pages
 */
export async function* paged<P extends Page>(
  ask: (at: { readonly cursor?: string }) => Promise<P>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<P, void> {
  let at: { readonly cursor?: string } | null = {};
  for (let page = 0; at !== null && page < most; page += 1) {
    const answer: P = await ask(at);
    yield answer;
    at = answer.nextCursor === null ? null : { cursor: answer.nextCursor };
  }
}
