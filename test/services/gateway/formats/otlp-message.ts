import { NOON } from './collect.js';

export const NANOS = BigInt(NOON) * 1_000_000n + 123_456n;

export const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
/** A request with points of all kinds, as protobufjs takes it and as OTLP's JSON has it. */
export const otlpMessage = () => ({
  resourceMetrics: [
    {
      resource: { attributes: [attribute('service.name', 'shop'), attribute('process.pid', '7')] },
      scopeMetrics: [
        {
          scope: { name: 'lib' },
          metrics: [
            {
              name: 'g',
              unit: 'By',
              gauge: {
                dataPoints: [
                  { timeUnixNano: String(NANOS), asInt: -5, attributes: [attribute('a', 'b')] },
                  { timeUnixNano: String(NANOS), flags: 1 },
                ],
              },
            },
            {
              name: 's',
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    startTimeUnixNano: String(NANOS - 2_000_000n),
                    timeUnixNano: String(NANOS),
                    asDouble: 2.5,
                  },
                ],
              },
            },
            {
              name: 'd',
              sum: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: String(NANOS), asDouble: 1 }] },
            },
            { name: 'u', sum: { dataPoints: [{ timeUnixNano: String(NANOS), asDouble: 1 }] } },
            {
              name: 'h',
              unit: 'ms',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [{ timeUnixNano: String(NANOS), count: 4, sum: 10, min: 1, max: 5 }],
              },
            },
            {
              name: 'e',
              exponentialHistogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  { timeUnixNano: String(NANOS), count: 2, sum: 3, attributes: [attribute('a', 'b')] },
                ],
              },
            },
            {
              name: 'q',
              summary: {
                dataPoints: [
                  {
                    timeUnixNano: String(NANOS),
                    count: 3,
                    sum: 6,
                    quantileValues: [{ quantile: 0.5, value: 2 }],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});
