import { page, table } from '../services/cli/generate/markdown.js';
import type { Alert } from './prometheus/alert.js';
import { ALERT_GROUPS } from './prometheus/alerts/all.js';

/** The page of this folder: how to set it up, and a runbook for each alert. */
export function runbooksPage(): string {
  return page('Monitoring', INTRO, [
    SET_UP,
    DEAD_MAN,
    `## Alerts\n\n${table(
      ['alert', 'severity', 'for', 'fires when'],
      ALERT_GROUPS.flatMap(({ alerts }) => alerts).map(({ name, severity, for: holds, expr }) => [
        `[${name}](#${name.toLowerCase()})`,
        severity,
        holds ?? 'at once',
        `\`${expr.replaceAll(/\s+/g, ' ')}\``,
      ]),
    )}`,
    ...ALERT_GROUPS.map(({ title, alerts }) => [`## ${title}`, ...alerts.map(section)].join('\n\n')),
  ]);
}

function section({ name, runbook: { means, query, command, steps } }: Alert): string {
  return `### ${name}

${means}

\`\`\`promql
${query}
\`\`\`

\`\`\`sh
${command}
\`\`\`

${steps.map((step) => `- ${step}`).join('\n')}`;
}

const INTRO = `Rules for Prometheus with a runbook each, and dashboards for Grafana. Both are typed here and generated: \`prometheus/rules.yml\` from
\`prometheus/alerts/\`, the JSON of \`grafana/dashboards/\` from the files beside it. What the metrics mean is in [their reference](../services/METRICS.md). Traces have [a page of their own](otel/README.md).`;

const SET_UP = `## Set-up

\`\`\`sh
docker compose --profile monitoring up --build --wait   # Prometheus at http://localhost:9090, Grafana at http://localhost:3000
\`\`\`

Elsewhere, scrape \`/metrics\` of every worker under the job \`tactus\`, load \`prometheus/rules.yml\`, and give Grafana the files under
\`grafana/provisioning\` and \`grafana/dashboards\`. In compose whoever is on this machine reads Grafana without a login, and changes nothing.

Three dashboards: **pipeline** (workers, gateway, API, records, stores, notifications), **tenant** (data quality and refusals of one tenant), **detection** (anomalies, scores, alerts). No metric is
labelled by series, so predicted values against actual ones are not in Grafana: they are in the topic \`anomalies\` and its table.

In compose, \`docker compose run --rm tactus\` stands for the \`npx tactus\` of the runbooks; elsewhere, commands of \`docker compose\` stand for those of what runs your workers.

The expressions of rules and dashboards are tested on Prometheus 2.42, over the metrics of a pipeline at work, in which each alert is fired by
its fault: servers are killed, topics and rows deleted, workers and mounts hang, targets refuse. There \`for\` is a second, and what is shortened besides
is tried as it is shipped over made series: thresholds of a minute and more (TactusPartitionStuck, TactusWatermarkHeld, TactusReconciliationBehind), of ten thousand records
(TactusLagGrowing), and breakers that are half open for a moment (CircuitBreakerOpen), which no fault can be timed for. The dashboards have not been opened in a Grafana; they are what its own SDK builds.`;

const DEAD_MAN = `## Wire the dead man's switch

Two things notice faults, and each can die: \`alerting\` of Tactus, which notifies people of your rules, and Prometheus with Alertmanager, which notify of
faults of Tactus. The first is watched by the second ([TactusWorkerMissing](#tactusworkermissing), [TactusPartitionStuck](#tactuspartitionstuck),
[TactusNotificationsFailing](#tactusnotificationsfailing)). The second needs somebody outside:

1. Start an Alertmanager with [prometheus/alertmanager.yml](prometheus/alertmanager.yml) as an example, and name it in \`prometheus/prometheus.yml\`.
2. Create a check at a service that pages when a ping stays away (Healthchecks, Dead Man's Snitch, a cron monitor on another machine): period one minute, grace three minutes.
3. Put the address of that check in place of \`https://watcher.example.com/ping\`. [TactusWatchdog](#tactuswatchdog) always fires, and is sent there every minute.
4. Try it: stop Prometheus, and wait for the page.`;
