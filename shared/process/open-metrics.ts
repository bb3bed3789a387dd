import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';

const TYPE = 'application/openmetrics-text';
const SUPPORTED: readonly (string | undefined)[] = [undefined, '0.0.1', '1.0.0'];

/**
 * What a registry has, as OpenMetrics: the same samples as in its text, and exemplars. A registry of prom-client is of one format, and one of
 * OpenMetrics takes `_total` from the names of its counters for good: so there is another one each time, whose metrics are the values of these.
 */
export async function openMetrics(registry: Registry): Promise<{ type: string; text: string }> {
  const writer = new Registry<OpenMetricsContentType>();
  writer.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const metric of await registry.getMetricsAsJSON()) {
    // Samples of counters get it back. By the types, a metric's type is a number.
    const name = `${metric.type}` === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
    const values = { ...metric, name };
    writer.registerMetric({ ...values, get: async () => values } as unknown as Metric);
  }
  return { type: writer.contentType, text: await writer.metrics() };
}

/** Whether who sends this Accept header wants OpenMetrics at least as much as text; Prometheus does. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  let [open, text] = [0, 0];
  for (const range of (accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const of = (name: string) => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const weight = Number(of('q') ?? 1);
    if (type === TYPE && SUPPORTED.includes(of('version'))) open = Math.max(open, weight);
    if (type === 'text/plain' || type === 'text/*') text = Math.max(text, weight);
  }
  return open > 0 && open >= text;
}
