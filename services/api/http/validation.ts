import { Ajv, type ErrorObject } from 'ajv';
import formatsModule, { type FormatsPlugin } from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { TactusError } from '../../../shared/core/errors.js';
import { HttpProblem, Problem } from './problem.js';

/** A pattern of a schema, and what it allows in words. */
export const pattern = (text: string, allowed: string) => ({ pattern: text, 'x-allowed': allowed }) as const;

/** Of a value in a message. */
const MAX_SHOWN = 100;

// CommonJS, whose default export is the namespace here.
const addFormats = formatsModule as unknown as FormatsPlugin;

function validator(coerceTypes: false | 'array'): Ajv {
  const ajv = new Ajv({
    ...{ coerceTypes, useDefaults: true, allErrors: false, strict: false, verbose: true },
    // Its passes over what it has generated take longer than they save.
    code: { optimize: false },
  });
  addFormats(ajv, ['date-time', 'uri', 'uuid']);
  return ajv;
}

/** Parameters are texts, and become what their schema says; bodies have types of their own. */
export function schemaCompiler(schemas: readonly object[]): FastifySchemaCompiler<object> {
  const texts = validator('array');
  const bodies = validator(false);
  for (const schema of schemas) for (const ajv of [texts, bodies]) ajv.addSchema(schema);
  return ({ schema, httpPart }) => (httpPart === 'body' ? bodies : texts).compile(schema);
}

/** For routes and for the fields that GraphQL has of them, which have the same schemas: each is compiled once. */
export const compileSchema = schemaCompiler([Problem]);

const PARTS: Readonly<Record<string, string>> = {
  body: '',
  querystring: 'the parameter ',
  params: 'the path parameter ',
  headers: 'the header ',
};

/** Names the field, what is allowed, and the value. */
export function invalidRequest(
  problems: FastifySchemaValidationError[],
  part: string | undefined,
): TactusError {
  const where = PARTS[part ?? 'body'] ?? '';
  const found = decisive(problems as unknown as ErrorObject[]);
  const [first] = found;
  if (first === undefined) return new TactusError('TACTUS_REQUEST_INVALID', 'the request is not allowed');
  const { keyword, params, instancePath, data, parentSchema } = first;
  const path = instancePath.slice(1).replaceAll('/', '.');
  const inside = path === '' ? '' : `${path}.`;
  if (keyword === 'required' && params.missingProperty === 'if-match') return versionNeeded();
  if (keyword === 'required')
    return refused(`${where}${inside}${params.missingProperty}: missing; it is needed`);
  if (keyword === 'additionalProperties') {
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {}).join(', ') || 'none';
    const name = String(params.additionalProperty).slice(0, MAX_SHOWN);
    return refused(`${where}${inside}${name}: is not known here; allowed are ${known}`);
  }
  const value =
    data === null || typeof data !== 'object'
      ? JSON.stringify(data)
      : Array.isArray(data)
        ? 'an array'
        : 'an object';
  return refused(
    `${where}${path === '' ? 'body' : path}: ${allowedBy(found)}: value was ${(value ?? 'missing').slice(0, MAX_SHOWN)}`,
  );
}

/** Says that a value is none of those that a schema takes at all. */
const OF_OTHERS: ReadonlySet<string> = new Set(['type', 'const', 'enum']);

/**
 * What is wrong. Where one of several schemas has to fit, each says what it does not like: it is that of the schema that takes such
 * values, or else of all of them.
 */
function decisive(problems: readonly ErrorObject[]): readonly ErrorObject[] {
  const last = problems.at(-1);
  if (last?.keyword !== 'anyOf') return problems.slice(0, 1);
  const tried = problems.slice(0, -1);
  const nearest = tried.find(
    ({ keyword, instancePath }) => instancePath !== last.instancePath || !OF_OTHERS.has(keyword),
  );
  return nearest === undefined ? tried : [nearest];
}

/** @param problems several where any of the schemas would do */
function allowedBy(problems: readonly ErrorObject[]): string {
  const values = new Set(problems.flatMap(valuesOf));
  const others = problems
    .filter((one) => valuesOf(one).length === 0)
    .map(({ keyword, message = 'is not allowed', parentSchema }) => {
      const inWords: unknown = keyword === 'pattern' ? parentSchema?.['x-allowed'] : undefined;
      return inWords === undefined ? message : `must be ${inWords}`;
    });
  const listed = values.size === 0 ? [] : [`must be one of ${[...values].join(', ')}`];
  return [...listed, ...others].join(', or ');
}

/** The only values that the schema of an error takes; none where it takes others. */
function valuesOf({ parentSchema = {} }: ErrorObject): readonly unknown[] {
  const { enum: all, const: one } = parentSchema as { enum?: readonly unknown[]; const?: unknown };
  return all ?? (one === undefined ? [] : [one]);
}

function versionNeeded(): HttpProblem {
  return new HttpProblem(
    428,
    'TACTUS_VERSION_MISMATCH',
    'the header If-Match: missing; it is needed, with the ETag of the version that was read',
  );
}

function refused(message: string): TactusError {
  return new TactusError('TACTUS_REQUEST_INVALID', message);
}
