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
  const [first] = problems as unknown as ErrorObject[];
  const where = PARTS[part ?? 'body'] ?? '';
  if (first === undefined) return new TactusError('TACTUS_REQUEST_INVALID', 'the request is not allowed');
  const { keyword, params, instancePath, message = 'is not allowed', data, parentSchema } = first;
  const path = instancePath.slice(1).replaceAll('/', '.');
  const inside = path === '' ? '' : `${path}.`;
  if (keyword === 'required' && params.missingProperty === 'if-match') return versionNeeded();
  if (keyword === 'required')
    return refused(`${where}${inside}${params.missingProperty}: missing; it is needed`);
  if (keyword === 'additionalProperties')
    return refused(
      `${where}${inside}${String(params.additionalProperty).slice(0, MAX_SHOWN)}: is not known here`,
    );
  const inWords: unknown = keyword === 'pattern' ? parentSchema?.['x-allowed'] : undefined;
  const allowed =
    keyword === 'enum'
      ? `must be one of ${(params.allowedValues as unknown[]).join(', ')}`
      : inWords === undefined
        ? message
        : `must be ${inWords}`;
  const value =
    data === null || typeof data !== 'object'
      ? JSON.stringify(data)
      : Array.isArray(data)
        ? 'an array'
        : 'an object';
  return refused(
    `${where}${path === '' ? 'body' : path}: ${allowed}: value was ${(value ?? 'missing').slice(0, MAX_SHOWN)}`,
  );
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
