import { GraphQLError } from 'graphql';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { problemOf } from '../http/problem.js';

/** An error as clients see it, with code, status and text of the problem that a route answers with. */
export function shownError(error: unknown): GraphQLError {
  const original = originalOf(error);
  const { status, body } = problemOf(original);
  const { code, detail } = body as { readonly code: string; readonly detail: string };
  const extensions: Record<string, unknown> = { code, status };
  if (!(error instanceof GraphQLError)) return new GraphQLError(detail, { extensions });
  // What the transport does with it; it is not sent.
  if (error.extensions.http !== undefined) extensions.http = error.extensions.http;
  const { nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(detail, { nodes, source, positions, path, extensions });
}

/** What GraphQL itself refuses, such as a field that there is not, is a request that is not allowed. */
export function originalOf(error: unknown): TactusError {
  let at = error;
  while (at instanceof GraphQLError && at.originalError !== undefined) at = at.originalError;
  if (at instanceof TactusError) return at;
  if (at instanceof GraphQLError && at.path === undefined)
    return new TactusError('TACTUS_REQUEST_INVALID', at.message, { cause: at });
  return new TactusError('TACTUS_INVARIANT', messageOf(at), { cause: at });
}
