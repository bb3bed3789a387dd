/*
 * OpenAPI 3.1 of the paths that take JSON. The others follow specifications of their own.
 */

const text = { type: 'string' } as const;
const time = {
  description:
    'ISO 8601, or seconds or milliseconds since the epoch; the time of arrival where it is missing',
  anyOf: [text, { type: 'number' }],
} as const;
const id = {
  description: 'A second item with the same id inside the de-duplication window is dropped',
  type: ['string', 'number', 'null'],
} as const;
const tenantId = {
  description: 'Needed where the key is for all tenants and X-Scope-OrgID is not sent',
  type: 'string',
} as const;

const point = {
  type: 'object',
  required: ['value'],
  anyOf: [{ required: ['metric'] }, { required: ['name'] }],
  additionalProperties: false,
  properties: {
    metric: { ...text, minLength: 1, maxLength: 256 },
    name: { ...text, description: 'The same as metric' },
    value: { type: 'number' },
    tags: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    timestamp: time,
    id,
    unit: { type: ['string', 'null'] },
    kind: { enum: ['gauge', 'delta', 'cumulative'], default: 'gauge' },
    tenantId,
  },
} as const;

const event = {
  type: 'object',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { ...text, minLength: 1, maxLength: 256 },
    subjectId: { description: 'The user whom it is about', type: ['string', 'number', 'null'] },
    attributes: { type: 'object' },
    timestamp: time,
    id,
    tenantId,
  },
} as const;

const outcome = {
  type: 'object',
  required: ['accepted', 'duplicates', 'rejected'],
  properties: {
    accepted: { type: 'integer' },
    duplicates: { type: 'integer', description: 'Items whose id came before in the same request' },
    rejected: {
      type: 'array',
      items: {
        type: 'object',
        required: ['index', 'code', 'message'],
        properties: { index: { type: 'integer' }, code: text, message: text },
      },
    },
    rejectedWithoutReason: { type: 'integer', description: 'How many more were rejected than are listed' },
  },
} as const;

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object) => ({ 'application/json': { schema } });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});

function post(operationId: string, summary: string, item: string, more: object = {}) {
  return {
    operationId,
    summary,
    parameters: [
      { name: 'X-Scope-OrgID', in: 'header', schema: text },
      { name: 'Idempotency-Key', in: 'header', schema: text },
      {
        ...{ name: 'Content-Encoding', in: 'header' },
        schema: { enum: ['gzip', 'deflate', 'snappy', 'zstd'] },
      },
    ],
    requestBody: {
      required: true,
      content: {
        ...json({ anyOf: [ref(item), { type: 'array', items: ref(item) }] }),
        'application/x-ndjson': { schema: { description: 'One item a line', type: 'string' } },
        ...more,
      },
    },
    responses: {
      200: { description: 'Kafka has what was accepted', content: json(ref('Outcome')) },
      400: {
        description: 'All items are bad, or the body is no JSON',
        content: { ...json(ref('Outcome')), 'application/problem+json': { schema: ref('Problem') } },
      },
      401: problem('No key, or one that is not in force'),
      403: problem('The key is not for this, or not for this tenant'),
      413: problem('The body is too large'),
      415: problem('The body has a type or an encoding that is not known'),
      429: problem('The tenant or the key is over its quota: send again after Retry-After'),
      503: problem('Send again after Retry-After'),
    },
  };
}

const object = { schema: { type: 'object' } } as const;

/** The description, of this version of the program. */
export function openApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Tactus gateway', version },
    security: [{ bearer: [] }, { key: [] }, { basic: [] }],
    paths: {
      '/api/v1/metrics': { post: post('sendPoints', 'Send points', 'Point') },
      '/api/v1/events': {
        post: post('sendEvents', 'Send events, CloudEvents among them', 'Event', {
          'application/cloudevents+json': object,
          'application/cloudevents-batch+json': { schema: { type: 'array' } },
        }),
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic', description: 'The key as password' },
        key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
      schemas: {
        Point: point,
        Event: event,
        Outcome: outcome,
        Problem: {
          type: 'object',
          properties: { type: text, title: text, status: { type: 'integer' }, code: text, detail: text },
        },
      },
    },
  };
}
