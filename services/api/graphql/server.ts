import { type DocumentNode, type GraphQLError, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { TactusError } from '../../../shared/core/errors.js';
import { statusOf } from '../http/problem.js';
import type { ResolverContext } from './context.js';
import { originalOf, shownError } from './errors.js';
import { requireRoom } from './limits.js';
import type { GraphqlServices } from './services.js';
import type { GraphqlTelemetry } from './telemetry.js';

/** Executes documents for `/graphql`. It reads the text of a request only, whose sender and size are known before. */
export function newServer(
  schema: GraphQLSchema,
  { limits, log, graphql }: Pick<GraphqlServices, 'limits' | 'log' | 'graphql'>,
) {
  // A read that fails does so for all objects that it was for, and is one failure.
  const known = new WeakSet<Error>();
  const shown = (error: unknown): GraphQLError => {
    const original = originalOf(error);
    const reason = original.cause instanceof Error ? original.cause : original;
    if (known.has(reason)) return shownError(error);
    known.add(reason);
    const status = statusOf(original);
    graphql.error(status);
    if (status >= 500) log.error({ error: original }, `a field of /graphql failed: ${original.message}`);
    return shownError(error);
  };
  return createYoga<ResolverContext>({
    schema,
    plugins: [limited(limits, graphql, shown)],
    ...{
      graphiql: false,
      landingPage: false,
      cors: false,
      multipart: false,
      batching: false,
      logging: false,
    },
    // Documents of whoever asks would stay in memory; to read one takes a millisecond.
    parserAndValidationCache: false,
    maskedErrors: { maskError: shown },
  });
}

/** Refuses documents that ask for too much, as soon as that is known. */
function limited(
  limits: GraphqlServices['limits'],
  telemetry: GraphqlTelemetry,
  shown: (error: unknown) => GraphQLError,
): Plugin {
  const { graphqlMaxDocumentBytes: maxBytes, graphqlMaxTokens: maxTokens } = limits;
  const check = ({
    args,
  }: {
    readonly args: {
      readonly schema: GraphQLSchema;
      readonly document: DocumentNode;
      readonly operationName?: string | null | undefined;
      readonly variableValues?: unknown;
    };
  }) => {
    const { schema, document, operationName, variableValues } = args;
    const operation = getOperationAST(document, operationName);
    // Which is refused as there is none, or more than one.
    if (!operation) return;
    const variables = (variableValues ?? {}) as Record<string, unknown>;
    requireRoom(
      { schema, document, operation, variables },
      {
        maxDepth: limits.graphqlMaxDepth,
        maxReads: limits.graphqlMaxReads,
        // What spreads of fragments stand for included.
        maxFields: maxTokens,
        maxCost: limits.graphqlMaxCost,
      },
    );
    telemetry.begun(operation.operation);
  };
  return {
    onParse: ({ params: { source }, setParseFn }) => {
      const text = typeof source === 'string' ? source : source.body;
      if (Buffer.byteLength(text) > maxBytes)
        throw new TactusError(
          'TACTUS_QUERY_TOO_LARGE',
          `the document has ${Buffer.byteLength(text)} bytes; allowed are at most ${maxBytes} (TACTUS_API_GRAPHQL_MAX_DOCUMENT_BYTES)`,
        );
      // Validation compares fields of one name with one another, each with each.
      setParseFn((document) => parse(document, { maxTokens }));
    },
    onExecute: check,
    onSubscribe: check,
    // What does not become an execution, such as a field that there is not.
    onExecutionResult: ({ result, setResult }) => {
      if (result === undefined || Array.isArray(result) || !('errors' in result) || !result.errors) return;
      const isShown = ({ extensions }: GraphQLError) => typeof extensions.status === 'number';
      setResult({
        ...result,
        errors: result.errors.map((error) => (isShown(error) ? error : shown(error))),
      });
    },
  };
}
