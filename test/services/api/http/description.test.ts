import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats, { type FormatsPlugin } from 'ajv-formats';
import type { App } from '../../../../services/api/http/app.js';
import { appWithoutServers, NO_KEYS } from '../access/app-without-servers.js';
import { AUTHORISATION } from '../access/authorisation-table.js';
import { PeopleParts } from '../people/people-parts.js';

interface Schema {
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
    readonly example?: unknown;
    readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly headers?: object }>>;
}

// CommonJS, whose default export is the namespace here.
const addFormats = formats as unknown as FormatsPlugin;

describe('the description of the API', () => {
  let app: App;
  let description: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  let operations: (Operation & { readonly path: string; readonly method: string })[] = [];

  before(async () => {
    const people = new PeopleParts();
    await people.follower.poll();
    app = await appWithoutServers(people, NO_KEYS, () => {});
    description = (await app.api.inject('/openapi.json')).json();
    operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
    );
  });
  after(() => app.close());

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(description);
    assert.ok(valid, JSON.stringify(errors, null, 2));
  });

  it('says in words what each answer is', () => {
    for (const { operationId, responses } of operations)
      for (const [status, { description: text }] of Object.entries(responses))
        assert.ok(
          /^[A-Z].{3,}/.test(text) && text !== 'Default Response',
          `${operationId} ${status}: ${text}`,
        );
  });

  it('has every route, but those that are described elsewhere', () => {
    const described = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    // The alias, pages, and what has a description of its own kind.
    const elsewhere = [...AUTHORISATION.keys()].filter(
      (route) => !/ \/(api|prom|\.well-known)\//.test(route),
    );
    assert.deepEqual([...described, ...elsewhere].sort(), [...AUTHORISATION.keys()].sort());
  });

  it('says each status that is refused with, by the right that a route needs and what it takes', () => {
    const of = (id: string) => Object.keys(operations.find((one) => one.operationId === id)?.responses ?? {});
    assert.deepEqual(of('listMetrics'), ['200', '304', '400', '401', '403', '431', '500', '503']);
    assert.deepEqual(of('getJwks'), ['200', '431', '500', '503']);
    assert.deepEqual(of('prometheusQuery'), ['200', '304', '400', '401', '403', '422', '431', '500', '503']);
    assert.deepEqual(of('removeDashboard'), [
      ...[
        '204',
        '400',
        '401',
        '403',
        '404',
        '409',
        '412',
        '413',
        '415',
        '422',
        '428',
        '429',
        '431',
        '500',
        '503',
      ],
    ]);
    for (const { operationId, responses } of operations) {
      assert.ok(
        Object.keys(responses).every((status) => /^[2-5]\d\d$/.test(status)),
        operationId,
      );
      for (const [status, header] of [
        ['401', 'www-authenticate'],
        ['503', 'retry-after'],
      ] as const)
        if (status in responses) assert.ok(header in (responses[status]?.headers ?? {}), operationId);
    }
  });

  it('says what has to be sent: not what has a default, and no body where none is needed', () => {
    const of = (id: string) => operations.find((one) => one.operationId === id);
    const needed = (id: string) =>
      (of(id)?.parameters ?? []).filter(({ required }) => required).map(({ name }) => name);
    assert.deepEqual(needed('listMetrics'), [], 'limit has a default');
    assert.deepEqual(needed('queryMetric'), ['metric']);
    assert.deepEqual(needed('replaceDashboard').sort(), ['id', 'if-match']);
    assert.deepEqual(needed('prometheusQueryRange').sort(), ['end', 'query', 'start', 'step']);
    for (const [id, required] of [
      ['createKey', true],
      ['logout', false],
      ['acknowledgeAlert', false],
      ['prometheusQueryByForm', false],
    ] as const)
      assert.equal(of(id)?.requestBody?.required, required, id);
  });

  it('has examples that are what their schema says', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats(ajv);
    const wrong: string[] = [];
    let examples = 0;
    const check = (where: string, schema: Schema, values: readonly unknown[]) => {
      for (const value of values) {
        examples += 1;
        const { examples: _, ...rest } = schema;
        if (!ajv.validate(rest, value)) wrong.push(`${where}: ${JSON.stringify(value)}: ${ajv.errorsText()}`);
      }
    };
    const walk = (where: string, schema: Schema) => {
      check(where, schema, schema.examples ?? []);
      for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(`${where}.${name}`, inner);
    };
    for (const { operationId, parameters = [], requestBody } of operations) {
      for (const { name, schema, example, examples: named = {} } of parameters) {
        check(`${operationId} ${name}`, schema, example === undefined ? [] : [example]);
        check(
          `${operationId} ${name}`,
          schema,
          Object.values(named).map(({ value }) => value),
        );
        walk(`${operationId} ${name}`, schema);
      }
      for (const { schema } of Object.values(requestBody?.content ?? {})) walk(operationId, schema);
    }
    assert.ok(examples > 20, `${examples} examples`);
    assert.deepEqual(wrong, []);
  });
});
