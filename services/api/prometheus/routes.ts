import type { Api, Routes } from '../http/app.js';
import { FORM, type PrometheusParts, pathsOf } from './path.js';
import { addQueryPaths } from './query-paths.js';
import { addSeriesPaths } from './series-paths.js';
import { addStatusPaths } from './status-paths.js';

/** Prometheus's read API, for Grafana and others that ask one. */
export function prometheusRoutes(parts: PrometheusParts): Routes {
  return (api) => {
    api.register(
      async (scope) => {
        // Schemas are the description here: what is wrong is said as Prometheus says it, and what is not known is left out.
        scope.setValidatorCompiler(() => () => true);
        scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) =>
          done(null, new URLSearchParams(String(body))),
        );
        const path = pathsOf(scope as Api);
        addQueryPaths(path, parts);
        addSeriesPaths(path, parts);
        addStatusPaths(path, parts);
      },
      { prefix: '/prom/api/v1' },
    );
  };
}
