"""Sends every kind of instrument through the OTLP exporter, and prints what the SDK exported, as JSON."""

import random

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader


class Recording(OTLPMetricExporter):
    def export(self, metrics_data, *args, **kwargs):
        result = super().export(metrics_data, *args, **kwargs)
        print(result.name, metrics_data.to_json(indent=None), flush=True)
        return result


reader = PeriodicExportingMetricReader(Recording(), export_interval_millis=3_600_000)
provider = MeterProvider([reader])
meter = provider.get_meter("recorded")
counter = meter.create_counter("recorded.counter", unit="{order}")
level = meter.create_up_down_counter("recorded.level")
histogram = meter.create_histogram("recorded.histogram", unit="ms")
meter.create_observable_gauge("recorded.gauge", [lambda _: [Observation(random.gauss(0, 1e9), {"at": "é"})]])
for _ in range(3):
    for shop in range(20):
        counter.add(random.randrange(2**50), {"shop": f"s{shop}"})
        level.add(random.gauss(0, 10), {"shop": f"s{shop}", "open": shop % 2 == 0})
        histogram.record(random.expovariate(0.01), {"shop": f"s{shop}"})
    provider.force_flush()
provider.shutdown()
