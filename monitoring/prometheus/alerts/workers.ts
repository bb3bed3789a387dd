import type { AlertGroup } from '../alert.js';

/** Without one of these the pipeline has a gap; the collector is optional. */
export const REQUIRED_WORKERS = [
  'gateway',
  'ingest',
  'windowing',
  'sink',
  'batch',
  'anomaly',
  'alerting',
  'api',
];

const missing = REQUIRED_WORKERS.map(
  (worker) => `absent(process_start_time_seconds{job="tactus", worker="${worker}"})`,
);

/** Whether there are workers, and whether they work. */
export const workers: AlertGroup = {
  name: 'tactus-workers',
  title: 'Workers',
  alerts: [
    {
      name: 'TactusWatchdog',
      expr: 'vector(1)',
      severity: 'none',
      summary: 'Always fires: when it stops arriving, Prometheus, Alertmanager or the way out is broken',
      runbook: {
        means: `It is meant to fire, always. Somebody outside of this system must expect it, and page when it stays away:
then Prometheus does not evaluate, Alertmanager does not send, or the network between is cut, and none of the other alerts would
arrive either. [Wire it](#wire-the-dead-mans-switch) before you rely on the rest.`,
        query: 'ALERTS{alertname="TactusWatchdog"}',
        command: 'docker compose --profile monitoring ps prometheus',
        steps: [
          'If the outside watcher pages: is Prometheus up, and does `/alerts` of it show this alert as firing? Restart it; a full disk is the usual cause.',
          'If it fires there: does Alertmanager receive it (`amtool alert query TactusWatchdog`), and can it reach the watcher?',
        ],
      },
    },
    {
      name: 'TactusWorkerMissing',
      expr: missing.join(' or '),
      for: '2m',
      severity: 'critical',
      summary: 'No {{ $labels.worker }} answers: nobody does its part',
      runbook: {
        means: `Not one instance of this worker has answered a scrape for two minutes: all are stopped, frozen (an event loop
that hangs answers no scrape either), or not found by Prometheus. Nothing is lost: what it should read waits in Kafka, for as long as the
retention of its topics (a gateway that is missing makes its senders wait, and an API those who ask). Without \`alerting\` no rule of yours is evaluated.`,
        query: 'count by (worker) (process_start_time_seconds{job="tactus"})',
        command: 'docker compose ps --all',
        steps: [
          'Exit code 78 is a mistake in the configuration: the last line of its log names the key. 137 is out of memory: give it more.',
          'If it runs, ask its `/healthz` and `/readyz` from its own machine. No answer: it hangs; take a stack (`kill -USR1`, then the inspector) if you can, then restart it. It resumes from its last commit.',
          'If it answers there, Prometheus does not find it: compare the targets on `/targets` with `monitoring/prometheus/prometheus.yml`.',
        ],
      },
    },
    {
      name: 'TactusWorkerDown',
      expr: 'up{job="tactus"} == 0',
      for: '1m',
      severity: 'warning',
      summary: '{{ $labels.instance }} does not answer',
      runbook: {
        means: `One instance is down or hangs; others of its group have taken over its partitions after the session time-out
(10 s). If there is no other, TactusWorkerMissing follows.`,
        query: 'up{job="tactus"} == 0',
        command: 'docker compose ps --all',
        steps: [
          'As for [TactusWorkerMissing](#tactusworkermissing), for this instance.',
          'Does it restart again and again? Compare `process_start_time_seconds` over the last hour, and read the end of its log.',
        ],
      },
    },
    {
      name: 'TactusPartitionStuck',
      expr: 'time() - max by (worker, group, topic, partition) (tactus_partition_turn_timestamp_seconds) > 60',
      for: '1m',
      severity: 'critical',
      summary:
        '{{ $labels.group }} has not come to {{ $labels.topic }}[{{ $labels.partition }}] for {{ $value | humanizeDuration }}',
      runbook: {
        means: `A partition of a consumer group that this worker owns had no turn for a minute, though each has one every
second or so, with or without records: what is fetched of it is not processed. The process lives and answers scrapes, so only this shows it. It waits for a
server (its target, the registry, a commit), or for something that never comes. Records wait in Kafka; the windows, alerts or rows of this
partition are late. It holds for \`alerting\` as well, whose own notifications would then not tell you.`,
        query: 'time() - max by (worker, group, topic, partition) (tactus_partition_turn_timestamp_seconds)',
        command: 'docker compose logs --since 15m --no-log-prefix alerting sink windowing',
        steps: [
          'Ask the `/readyz` of the worker: its reasons name the server that it waits for. Mend that one; the worker goes on by itself.',
          'All partitions of `sink` with one target: that target (database, Redis, webhook, archive) is down or slow.',
          'No reason on `/readyz`: it hangs. `/healthz` is 503 after `TACTUS_STUCK_AFTER_MS`, by which Kubernetes restarts it; compose does not. Keep its log, then restart this instance. Nothing is lost or doubled by that.',
        ],
      },
    },
  ],
};
