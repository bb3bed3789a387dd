import fc from 'fast-check';

/*
 * Requests of somebody hostile, made of the description of the API: each parameter and each field of a body may be any text that has
 * broken others.
 */

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface HostileRequest {
  readonly operation: Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What has broken others. */
const HOSTILE = [
  ...["'", "' OR '1'='1", "'; DROP TABLE tactus.events; --", '%27%20OR%201=1', '\\', '$1', '{{x}}'],
  ...['1) UNION SELECT 1 FROM pg_sleep(9) --', '$$; SELECT pg_sleep(9); $$', 'E\\x27', "\\'; --", '/*', '*/'],
  ...[
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '/etc/passwd',
    'file:///etc/passwd',
    '....//....//',
  ],
  ...[
    '..',
    '.',
    '..\\..\\windows\\win.ini',
    '%2e%2e%2f',
    '%252e%252e%252f',
    '..%c0%af',
    '%00',
    '\u0000',
    'a\u0000b',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'],
  ...['a\r\nset-cookie: a=b', '%0d%0aset-cookie:%20a=b', 'a\r\n\r\nGET / HTTP/1.1', '\n', '\t'],
  ...['%s%s%s%n', '%x', '$\u007b7*7}', '#{7*7}', '<%= 7 %>', '$\u007bjndi:ldap://127.0.0.1/a}'],
  ...[
    '\ud800',
    '💥',
    'a'.repeat(5_000),
    '-1',
    '1e309',
    'NaN',
    'Infinity',
    'null',
    '[]',
    '{"$gt":""}',
    '(a+)+$',
  ],
  // Composed, decomposed, full width, ligatures, without width, from right to left.
  ...['<script>', 'é', 'e\u0301', 'ａｄｍｉｎ', 'ﬁ', 'ſ', '\u202e', '\ufeff', '\u200b', 'İ', 'ß'],
  ...[
    'now-99999999999d',
    '+999999-01-01',
    '0001-01-01',
    '1e300ms',
    '0s',
    '*',
    '%',
    '_',
    '=',
    'a=',
    '=b',
    '|',
  ],
  ...['9223372036854775808', '-9223372036854775809', '0x1f', '١٢٣', '1_000'],
];

const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, -1, 0.1, 1e308, 1e20, -1e20, '', [], {}, [[]], [null]],
  ...[JSON.parse('{"__proto__":{"isAdmin":true}}'), { constructor: { prototype: { isAdmin: true } } }],
  ...[nested(200), Array.from({ length: 2_000 }, () => 'a'), { $ne: null }, { length: 1e9 }],
];

function nested(depth: number): unknown {
  return depth === 0 ? 0 : [nested(depth - 1)];
}

/** All operations of a description. */
export function operationsOf(description: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>>;
}): Operation[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      ...{ ...one, parameters: one.parameters ?? [] },
      ...{ path, method: method.toUpperCase() },
    })),
  );
}

/**
 * @param tenant of who asks
 * @param known texts that mean something in the tables that are asked
 */
export function hostileRequest(
  operations: readonly Operation[],
  tenant: string,
  known: readonly string[],
): fc.Arbitrary<HostileRequest> {
  const text = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(...known),
  );
  const value = fc.oneof(text, fc.constantFrom(...HOSTILE_VALUES));
  return fc.constantFrom(...operations).chain((operation) => {
    // Most are right, so that what is not gets past the others.
    const parameters = operation.parameters.map(({ name, in: where, schema }) =>
      fc.oneof(
        { weight: OF_ANSWERS.has(name) ? 0 : 6, arbitrary: fc.constant(rightOf(name, schema, tenant)) },
        { weight: where === 'path' ? 0 : 6, arbitrary: fc.constant(null) },
        { weight: name === 'tenantId' ? 1 : 3, arbitrary: text },
      ),
    );
    return fc
      .tuple(fc.tuple(...parameters), bodyOf(operation, value))
      .map(([values, body]) => ({ operation, body, ...addressed(operation, values) }));
  });
}

/** Right only where an answer had it, or once. */
const OF_ANSWERS: ReadonlySet<string> = new Set(['cursor', 'idempotency-key']);

function rightOf(name: string, schema: Schema, tenant: string): string {
  return name === 'tenantId' ? tenant : String(sampleOf(schema));
}

function addressed(operation: Operation, values: readonly unknown[]) {
  let { path } = operation;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const [i, { name, in: where }] of operation.parameters.entries()) {
    const given = values[i] ?? null;
    // A dot alone would be taken for a step of the path by who sends.
    const shown = String(given).toWellFormed();
    if (where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(shown).replaceAll('.', '%2e'));
    else if (given === null) continue;
    else if (where === 'query') query.append(name, String(given));
    // What no client can put into a header is not sent.
    else headers[name] = shown.replaceAll(/[^\x20-\x7e]/g, '?');
  }
  return { path: `${path}?${query}`, headers };
}

/** A right body with one of its fields replaced, one added, or anything instead of it. */
function bodyOf({ requestBody }: Operation, value: fc.Arbitrary<unknown>): fc.Arbitrary<string | null> {
  const [[type, { schema } = { schema: {} }] = ['', undefined]] = Object.entries(requestBody?.content ?? {});
  if (type === '') return fc.constant(null);
  const right = JSON.stringify(sampleOf(schema));
  if (type.includes('form'))
    return value.map((one) => new URLSearchParams({ query: String(one), 'match[]': String(one) }).toString());
  const places = placesOf(JSON.parse(right));
  return fc.tuple(fc.constantFrom(...places, [], ['added']), value).map(([place, one]) => {
    if (place.length === 0) return JSON.stringify(one);
    const body = JSON.parse(right) as object;
    let at = body as Record<string, unknown>;
    for (const step of place.slice(0, -1)) at = at[step] as Record<string, unknown>;
    at[place.at(-1) ?? ''] = one;
    return JSON.stringify(body);
  });
}

/** A value that a schema allows, with all that may be in it. */
function sampleOf(schema: Schema): unknown {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return example;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf !== undefined) return sampleOf(schema.anyOf.find(({ type }) => type !== 'null') ?? {});
  const type = [schema.type].flat()[0];
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, one]) => [name, sampleOf(one)]),
    );
  if (type === 'array') return [sampleOf(schema.items ?? {})];
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return false;
  return schema.format === 'date-time' ? '2026-01-02T03:04:05Z' : 'some-text';
}

/** Where fields are, each as its steps from the root. */
function placesOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [name],
    ...placesOf(inner).map((place) => [name, ...place]),
  ]);
}
