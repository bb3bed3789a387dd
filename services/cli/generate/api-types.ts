import type { Api } from '../../api/http/app.js';
import { addRoutes } from '../../api/routes/routes.js';
import { declaredOnly } from './declared-only.js';
import { type Schema, TypeWriter } from './type-writer.js';

interface Route {
  readonly schema?: {
    readonly operationId?: string;
    readonly summary?: string;
    readonly params?: Schema;
    readonly querystring?: Schema;
    readonly body?: Schema;
    readonly response?: Readonly<Record<string, Schema>>;
  };
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const INDENT = '    ';
const HEADER = `// Written by \`npm run generate\` from the routes of the API, as /openapi.json describes them: change those, not this file.
`;

/**
 * The types that the dashboard asks the API with: each operation by method and path, with what it takes and answers. From the schemas
 * of the routes, which the description is made of as well; generators for OpenAPI need an interface of the compiler that TypeScript 7
 * does not have.
 */
export function apiTypes(): string {
  const writer = new TypeWriter();
  const operations: string[] = [];
  const note =
    (method: string) =>
    (path: string, { schema }: Route) => {
      const { operationId, summary, params, querystring, body, response = {} } = schema ?? {};
      const answer = Object.entries(response).find(([status]) => /^2/.test(status))?.[1];
      if (operationId === undefined || answer === undefined) return;
      const named = path.replaceAll(/:(\w+)/g, '{$1}');
      const parts = {
        path: params === undefined ? 'undefined' : writer.sent(params, INDENT),
        query: querystring === undefined ? 'undefined' : writer.sent(querystring, INDENT),
        body: body === undefined ? 'undefined' : writer.sent(body, INDENT),
        answer: writer.got(answer, INDENT),
      };
      const fields = Object.entries(parts).map(([name, type]) => `    ${name}: ${type};\n`);
      operations.push(
        `  /** ${summary ?? operationId} */\n  '${method.toUpperCase()} ${named}': {\n${fields.join('')}  };\n`,
      );
    };
  const recorder = Object.fromEntries(METHODS.map((method) => [method, note(method)]));
  for (const add of addRoutes(declaredOnly()).routes) add(recorder as unknown as Api);
  return [HEADER, ...writer.named(), `export interface Operations {\n${operations.join('')}}\n`].join('\n');
}
