import { Histogram, type HistogramConfiguration, type LabelValues, type Registry } from 'prom-client';

const NONE = {};

/**
 * A histogram whose buckets each keep the trace of the last observation that had one: an exemplar, which is shown to whoever asks for
 * OpenMetrics.
 */
export class TracedHistogram<T extends string> {
  readonly #histogram: Histogram<T>;

  constructor({
    registers,
    ...configuration
  }: HistogramConfiguration<T> & { readonly registers: readonly Registry[] }) {
    // It refuses to register itself where text is served, which leaves exemplars out.
    this.#histogram = new Histogram({ ...configuration, registers: [], enableExemplars: true });
    for (const register of registers) register.registerMetric(this.#histogram);
  }

  /** Shows a series that has no observation yet: it has a rate from the first one on. */
  begin(labels: LabelValues<T>): void {
    this.#histogram.zero(labels);
  }

  /** @param traceId of a sampled trace */
  observe(labels: LabelValues<T>, value: number, traceId: string | null | undefined): void {
    // By the type, an exemplar has the labels of its histogram.
    const exemplarLabels = (traceId ? { trace_id: traceId } : NONE) as LabelValues<T>;
    this.#histogram.observe({ labels, value, exemplarLabels });
  }
}
