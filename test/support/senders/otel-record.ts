import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

type Attributes = Readonly<Record<string, unknown>>;

/** A point as its sender has it. */
export interface SentPoint {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly value: number;
}

/** What a histogram sends besides its buckets. */
interface Summary {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** What the JavaScript SDK has exported. */
export function exportedByNode({ resource, scopeMetrics }: ResourceMetrics): SentPoint[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap((data) =>
      data.dataPoints.flatMap(({ attributes, endTime: [seconds, nanos], value }) => {
        const tags = tagsOf(resource.attributes, attributes);
        const timestamp = seconds * 1_000 + Math.floor(nanos / 1e6);
        const parts =
          data.dataPointType === DataPointType.HISTOGRAM ? summaryOf(value as Summary) : [['', value]];
        return parts.map(([suffix, part]) => ({
          ...{ metric: `${data.descriptor.name}${suffix}`, tags, timestamp },
          value: part as number,
        }));
      }),
    ),
  );
}

/** What the Python SDK prints as JSON of what it has exported. */
interface PythonMetrics {
  readonly resource_metrics: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scope_metrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly data: {
          readonly data_points: readonly (Summary & {
            readonly attributes: Attributes;
            readonly time_unix_nano: string;
            readonly value?: number;
          })[];
        };
      }[];
    }[];
  }[];
}

export function exportedByPython(json: string): SentPoint[] {
  // More digits than a number has.
  const exact = json.replaceAll(/("time_unix_nano": )(\d+)/g, '$1"$2"');
  return (JSON.parse(exact) as PythonMetrics).resource_metrics.flatMap(({ resource, scope_metrics }) =>
    scope_metrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, data }) =>
        data.data_points.flatMap((point) => {
          const tags = tagsOf(resource.attributes, point.attributes);
          const timestamp = Number(BigInt(point.time_unix_nano) / 1_000_000n);
          const parts = point.value === undefined ? summaryOf(point) : [['', point.value]];
          return parts.map(([suffix, value]) => ({
            ...{ metric: `${name}${suffix}`, tags, timestamp },
            value: value as number,
          }));
        }),
      ),
    ),
  );
}

function summaryOf({ count, sum, min, max }: Summary): [string, number | undefined][] {
  const parts: [string, number | undefined][] = [
    ['.count', count],
    ['.sum', sum],
    ['.min', min],
    ['.max', max],
  ];
  return parts.filter(([, value]) => value !== undefined);
}

function tagsOf(resource: Attributes, own: Attributes): Record<string, string> {
  const promoted = Object.entries(resource).filter(([name]) => /^service\.|^host\.name$/.test(name));
  return Object.fromEntries(
    [...promoted, ...Object.entries(own)].map(([name, value]) => [name, String(value)]),
  );
}
