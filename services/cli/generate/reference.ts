import { fileURLToPath } from 'node:url';
import { apiTypes } from './api-types.js';
import { commandsPage } from './commands-page.js';
import { configurationPage } from './configuration-page.js';
import { errorsPage } from './errors-page.js';
import { graphqlSchema } from './graphql-schema.js';
import { metricsPage } from './metrics-page.js';
import { topicsPage } from './topics-page.js';
import { writePages } from './write-pages.js';

/** The reference pages by their path in the repository: each stands next to the code that it is about. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  'shared/config/README.md': configurationPage,
  'shared/core/ERRORS.md': errorsPage,
  'services/METRICS.md': metricsPage,
  'services/cli/README.md': commandsPage,
  'topics/README.md': topicsPage,
};

/** What else is generated, for other programs to read. */
export const DESCRIPTIONS: Readonly<Record<string, () => string>> = {
  'services/api/graphql/schema.graphql': graphqlSchema,
  'services/dashboard/api/operations.ts': apiTypes,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writePages({ ...REFERENCE, ...DESCRIPTIONS });
