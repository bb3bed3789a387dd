import type { AlertGroup } from '../alert.js';

const LAG = 'sum by (group, topic) (max by (group, topic, partition) (tactus_consumer_lag_records))';
const DEAD_SHARE = `sum by (worker) (rate(tactus_records_refused_total[5m]))
  / sum by (worker) (rate(tactus_records_received_total[5m]))`;

/** Whether records flow, and in time. */
export const stream: AlertGroup = {
  name: 'tactus-stream',
  title: 'Stream',
  alerts: [
    {
      name: 'TactusLagGrowing',
      expr: `${LAG} > 10000 and deriv((${LAG})[10m:30s]) > 0`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $labels.group }} is {{ $value | humanize }} records behind in {{ $labels.topic }}, and falls further behind',
      runbook: {
        means: `More comes than this group processes, or it processes nothing. Windows, alerts and rows come later and later; no point
becomes late by that, and nothing is lost until the retention of the topic is reached.`,
        query: LAG,
        command:
          'docker compose run --rm tactus performance-monitor --duration 60 ingest:9464 windowing:9464 sink:9464',
        steps: [
          'The command reports CPU, event loop, memory and lag of every worker that it finds, with advice.',
          'One partition only (`max by (group, topic, partition)` instead of the sum): it is stuck or has one very busy series; see [TactusPartitionStuck](#tactuspartitionstuck).',
          'All partitions, and the CPU of its workers is at its limit: start more of them, up to the number of partitions.',
          'All partitions, and CPU is free: the target is slow. For `sink` look at `tactus_sink_write_duration_seconds`, for the others at `tactus_commit_duration_seconds`.',
          "The lag that Kafka's own tools show is another one: workers commit the oldest record that they still need.",
        ],
      },
    },
    {
      name: 'TactusWatermarkHeld',
      expr: `max by (topic, partition, source_stage, source_topic, source_partition) (tactus_watermark_holder_seconds) > 60`,
      for: '1m',
      severity: 'warning',
      summary:
        'Windows of {{ $labels.topic }}[{{ $labels.partition }}] wait for {{ $labels.source_topic }}[{{ $labels.source_partition }}], whose time stands still',
      runbook: {
        means: `No window of this partition closes: its watermark waits for an input partition whose stream time does not move while
others go on. After \`TACTUS_WATERMARK_HOLD_MS\` (10 min) it goes on without it, and points of it may then be late with the cause \`hold\`.`,
        query: 'topk(5, tactus_watermark_holder_seconds)',
        command: 'npx tactus sources ls',
        steps: [
          'Does the worker that the label `source_stage` names live, and read that partition? Mostly [TactusPartitionStuck](#tactuspartitionstuck) or [TactusWorkerMissing](#tactusworkermissing) says why not.',
          'Does the partition have a leader? A broker that is down shows as read errors.',
          'If it will never come back (a topic made smaller, another cluster): `npx tactus sources forget ingest ingest.metrics 3`.',
        ],
      },
    },
    {
      name: 'TactusWatermarkPassedOver',
      expr: `sum by (worker, topic, reason) (increase(tactus_watermark_sources_passed_over_total{reason!="forgotten"}[15m])) > 0`,
      severity: 'warning',
      summary:
        'A watermark of {{ $labels.topic }} went on without a source ({{ $labels.reason }}): its points may be late',
      runbook: {
        means: `A source stood still for \`TACTUS_WATERMARK_HOLD_MS\` (\`hold\`), or is read to its end and yet far behind all others
(\`slow\`: mostly the clock of its senders). Windows closed without it: its points go to \`late\`, and the windows that they missed are corrected by \`batch\`.`,
        query: 'sum by (worker, topic, reason) (tactus_watermark_sources_passed_over_total)',
        command: 'npx tactus sources ls',
        steps: [
          '`hold`: find out what stood still, as for [TactusWatermarkHeld](#tactuswatermarkheld).',
          '`slow`: compare the clocks of the senders of that partition; set them by NTP.',
          'Which points were late is in the topic `late`; which windows were corrected, in `corrections`.',
        ],
      },
    },
    {
      name: 'TactusCommitFailures',
      expr: `sum by (worker, code) (increase(tactus_commit_errors_total{code!="TACTUS_FENCED"}[5m])) > 2`,
      for: '1m',
      severity: 'critical',
      summary: 'Commits of {{ $labels.worker }} fail: {{ $labels.code }}',
      runbook: {
        means: `Outputs and offsets are not committed. The worker repeats that with back-off for ever, reads on as far as its
memory allows and then pauses: nothing is lost or doubled, and nothing new is seen by readers. A rebalance gives \`TACTUS_FENCED\`, which is not counted here.`,
        query: 'sum by (worker, code) (rate(tactus_commit_errors_total[5m]))',
        command: 'docker compose logs --since 15m kafka',
        steps: [
          'What the code means and what to do is in [the error codes](../shared/core/ERRORS.md).',
          '`TACTUS_KAFKA_UNAVAILABLE`: do brokers live, and are enough replicas in sync (`min.insync.replicas`)? Is the disk of a broker full?',
          '`TACTUS_ACCESS_REFUSED`: an ACL is missing; `npx tactus acls list` prints what each worker needs.',
        ],
      },
    },
    {
      name: 'TactusReadErrors',
      expr: 'sum by (worker, topic) (rate(tactus_partition_read_errors_total[5m])) > 0',
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.worker }} cannot read a partition of {{ $labels.topic }}',
      runbook: {
        means:
          'Reading a partition has failed for five minutes; the others of its topic are read on. Its records wait in Kafka.',
        query: 'sum by (topic, partition, reason) (rate(tactus_partition_read_errors_total[5m])) > 0',
        command: 'npx tactus topics plan',
        steps: [
          "The label `reason` is the broker's own error. `LEADER_NOT_AVAILABLE`: all replicas of the partition are down; start a broker that has one.",
          'Bytes that cannot be read (a checksum, a compression that is not known) are logged with their offset.',
        ],
      },
    },
    {
      name: 'TactusLogGap',
      expr: 'sum by (worker, topic, cause) (increase(tactus_log_gaps_total[10m])) > 0',
      severity: 'critical',
      summary:
        'Records of {{ $labels.topic }} are gone before {{ $labels.worker }} read them ({{ $labels.cause }})',
      runbook: {
        means: `Data is lost: the log does not go on where it was read. \`retention\` has deleted what was not read yet, a
\`truncation\` has cut the end off (an unclean election of a leader), or the topic was made anew (\`recreation\`). The worker goes on with what there is.`,
        query: 'sum by (worker, topic, cause) (increase(tactus_log_missing_records_total[1h]))',
        command: 'npx tactus reconcile --from 2h --to 5m',
        steps: [
          '`retention`: the group was behind for longer than its topic keeps records. Why is in [TactusLagGrowing](#tactuslaggrowing); raise the retention.',
          '`truncation`: set `unclean.leader.election.enable=false` and at least two replicas in sync.',
          'How many are missing is in `tactus_log_missing_records_total` and in the log, with the offsets. Let the senders repeat what they still have: ids are de-duplicated.',
        ],
      },
    },
    {
      name: 'TactusDeadLetters',
      expr: `${DEAD_SHARE} > 0.01`,
      for: '2m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of what {{ $labels.worker }} reads goes to dlq',
      runbook: {
        means: `More than one record in a hundred cannot be decoded, is not valid or cannot be stored. They are kept in \`dlq\` as they
came, with the reason; nothing waits for them.`,
        query: 'sum by (worker, code) (rate(tactus_records_refused_total[5m])) > 0',
        command: 'npx tactus dlq ls --since 1h',
        steps: [
          '`npx tactus dlq show 2:17` prints one with its headers and the value that is allowed.',
          'The reason is mostly a sender: a new schema that the registry does not know, a clock, a tenant that is not declared.',
          'When the reason is gone: `npx tactus dlq replay`; each is replayed once.',
        ],
      },
    },
  ],
};
