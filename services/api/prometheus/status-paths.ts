import { Type } from 'typebox';
import { packageVersion } from '../../../shared/files/package-root.js';
import { findFiringAlerts } from './firing-alerts.js';
import { findMetadata } from './metadata.js';
import { type AddPath, type PrometheusParts, reading, TEXT } from './path.js';

/** The version whose language and answers these are. */
const VERSION = '2.42.0';
const HOUR_MS = 3_600_000;

/** What is known beside the points. */
export function addStatusPaths(path: AddPath, { database, limits, clock }: PrometheusParts): void {
  const most = limits.promqlMaxSeries;
  const read = reading(database);

  path(
    '/metadata',
    'What is known of metrics that had points in the last hour',
    { metric: Type.Optional(Type.String(TEXT)), limit: Type.Optional(Type.String(TEXT)) },
    false,
    async (parameters, request) => ({
      data: await read(request, 'finding metadata', (reader) =>
        findMetadata(
          reader,
          parameters.text('metric'),
          clock.now() - HOUR_MS,
          parameters.limit('limit', most),
        ),
      ),
    }),
  );

  // Rules are not of PromQL here: /api/v1/alerts and the command line show them.
  path('/rules', 'No rules: those of Tactus are not of PromQL', {}, false, async () => ({
    data: { groups: [] },
  }));

  path('/alerts', 'Alerts that fire', {}, false, async (_parameters, request) => ({
    data: { alerts: await read(request, 'finding alerts', (reader) => findFiringAlerts(reader, most)) },
  }));

  path('/status/buildinfo', 'The version whose language is spoken', {}, false, async () => ({
    data: {
      version: VERSION,
      revision: `tactus ${packageVersion()}`,
      ...{ branch: '', buildUser: '', buildDate: '', goVersion: '' },
    },
  }));
}
