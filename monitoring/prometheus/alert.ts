/** What somebody who is paged reads. */
export interface Runbook {
  /** What has happened, and what it means for data and users. */
  readonly means: string;
  /** A query that shows where, for Prometheus or Grafana's Explore. */
  readonly query: string;
  /** A command that shows more. */
  readonly command: string;
  /** What to look for in both, and what to do. */
  readonly steps: readonly string[];
}

/** An alert of Prometheus with its runbook. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** For how long it must hold; without it, it fires at once. */
  readonly for?: string;
  readonly severity: 'critical' | 'warning' | 'none';
  /** A template of Prometheus, of one line. */
  readonly summary: string;
  readonly runbook: Runbook;
}

/** Alerts that are evaluated together. */
export interface AlertGroup {
  readonly name: string;
  /** What they watch, as a heading. */
  readonly title: string;
  readonly alerts: readonly Alert[];
}
