import { Counter, Gauge, type Registry } from 'prom-client';
import { flowTelemetry } from '../../../shared/process/flow-telemetry.js';
import { delayQuantile } from '../../../shared/windows/delays.js';
import { accuracy, CAUSES, completeness, type Tally } from '../../../shared/windows/tally.js';

/**
 * Quantiles that were computed elsewhere: served as a summary, to which the label `quantile` belongs; it has neither sum nor
 * count, as those of the last hour would fall.
 */
class QuantileSummary extends Gauge<'tenant' | 'quantile'> {
  readonly type = 'summary';
}

const QUANTILES = [0.5, 0.95, 0.99];

/** Metrics of the data's quality, over the windows that were compared in the last hour. */
export class DataQualityTelemetry {
  readonly #completeness;
  readonly #accuracy;
  readonly #timeliness;
  readonly #differences;
  readonly #corrections;
  readonly #errors;
  readonly #flow;

  constructor(register: Registry) {
    this.#flow = flowTelemetry(register);
    const registers = [register];
    const labelNames = ['tenant'] as const;
    this.#completeness = new Gauge({
      name: 'tactus_data_completeness_ratio',
      help: 'Share of the stored points that windows count or that are known to be late, over the windows compared in the last hour',
      labelNames,
      registers,
    });
    this.#accuracy = new Gauge({
      name: 'tactus_data_accuracy_ratio',
      help: 'Share of the windows whose figures equal those of the stored points, over the windows compared in the last hour',
      labelNames,
      registers,
    });
    this.#timeliness = new QuantileSummary({
      name: 'tactus_data_timeliness_seconds',
      help: 'Time from the stream time that closed a window, as points arrived in ingest.metrics, to its emission, by quantile, over the windows compared in the last hour',
      labelNames: ['tenant', 'quantile'],
      registers,
    });
    this.#differences = new Gauge({
      name: 'tactus_data_differences',
      help: 'Windows that differ from the stored points, by cause, over the windows compared in the last hour',
      labelNames: ['cause'],
      registers,
    });
    this.#corrections = new Counter({
      name: 'tactus_corrections_published_total',
      help: 'Corrected windows sent to the topic and acknowledged',
      registers,
    });
    this.#errors = new Counter({
      name: 'tactus_reconciliation_errors_total',
      help: 'Slots of windows that cannot be compared because of their data',
      registers,
    });
  }

  compared(tallies: ReadonlyMap<string, Tally>): void {
    for (const gauge of [this.#completeness, this.#accuracy, this.#timeliness]) gauge.reset();
    for (const [tenant, tally] of tallies) {
      this.#completeness.set({ tenant }, completeness(tally));
      this.#accuracy.set({ tenant }, accuracy(tally));
      for (const q of QUANTILES) {
        const ms = delayQuantile(tally.delays, q);
        if (ms !== null) this.#timeliness.set({ tenant, quantile: String(q) }, ms / 1000);
      }
    }
    for (const cause of CAUSES) {
      const windows = [...tallies.values()].reduce((sum, { causes }) => sum + causes[cause], 0);
      this.#differences.set({ cause }, windows);
    }
  }

  corrected(windows: number): void {
    this.#corrections.inc(windows);
  }

  failed(): void {
    this.#errors.inc();
    this.#flow.failed('processing', 'reconciliation');
  }
}
