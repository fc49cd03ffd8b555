"""Exports calls as the official Python SDK does: client.py http|grpc ENDPOINT PREFIX BATCHES SIZE. Prints what the exporter gave up."""

import json
import sys
import time

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

protocol, endpoint, prefix, batches, size = sys.argv[1:4] + [int(text) for text in sys.argv[4:6]]
if protocol == "http":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint + "/v1/traces", timeout=30, compression=Compression.Gzip)
else:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True, timeout=30)

memory = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(memory))
tracer = provider.get_tracer("foreign-python")
given_up = 0
for batch in range(batches):
    for index in range(size):
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.id": f"{prefix}-{batch * size + index + 1}",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 1,
        }
        tracer.start_span("chat gpt-4o", attributes=attributes).end()
    spans = memory.get_finished_spans()
    memory.clear()
    while exporter.export(spans) is not SpanExportResult.SUCCESS:
        given_up += 1
        time.sleep(0.5)
exporter.shutdown()
print(json.dumps({"given_up": given_up}))
