import { stringify } from 'yaml';
import type { Alert } from './alert.js';
import { ALERT_GROUPS } from './alerts/all.js';

/** The section of a runbook, in the page that lies beside this folder. */
const RUNBOOKS = 'monitoring/README.md';

/** The rules as Prometheus reads them. */
export function rulesFile(): string {
  const groups = ALERT_GROUPS.map(({ name, alerts }) => ({ name, rules: alerts.map(ruleOf) }));
  const head = '# Generated from alerts/ by `npm run generate`; edit it there.\n';
  return head + stringify({ groups }, { lineWidth: 0 });
}

function ruleOf({ name, expr, for: holds, severity, summary }: Alert): object {
  return {
    alert: name,
    expr,
    ...(holds !== undefined && { for: holds }),
    labels: { severity },
    annotations: { summary, runbook_url: `${RUNBOOKS}#${name.toLowerCase()}` },
  };
}
