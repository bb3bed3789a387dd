import { fileURLToPath } from 'node:url';
import { writePages } from '../services/cli/generate/write-pages.js';
import { detection } from './grafana/dashboards/detection.js';
import { pipeline } from './grafana/dashboards/pipeline.js';
import { tenant } from './grafana/dashboards/tenant.js';
import { rulesFile } from './prometheus/rules-file.js';
import { runbooksPage } from './runbooks-page.js';

const BOARDS = { pipeline, tenant, detection };

/** What is generated in this folder, by path in the repository. */
export const MONITORING: Readonly<Record<string, () => string>> = {
  'monitoring/README.md': runbooksPage,
  'monitoring/prometheus/rules.yml': rulesFile,
  ...Object.fromEntries(
    Object.entries(BOARDS).map(([name, board]) => [
      `monitoring/grafana/dashboards/${name}.json`,
      () => `${JSON.stringify(board().build(), null, 2)}\n`,
    ]),
  ),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writePages(MONITORING);
