// Exports calls as the official Go SDK does: client http|grpc HOST:PORT PREFIX BATCHES SIZE. Prints what the exporter gave up.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	api "go.opentelemetry.io/otel/trace"
)

func main() {
	protocol, endpoint, prefix := os.Args[1], os.Args[2], os.Args[3]
	batches, _ := strconv.Atoi(os.Args[4])
	size, _ := strconv.Atoi(os.Args[5])
	var client otlptrace.Client
	if protocol == "http" {
		client = otlptracehttp.NewClient(otlptracehttp.WithEndpoint(endpoint), otlptracehttp.WithInsecure(), otlptracehttp.WithCompression(otlptracehttp.GzipCompression), otlptracehttp.WithTimeout(30*time.Second))
	} else {
		client = otlptracegrpc.NewClient(otlptracegrpc.WithEndpoint(endpoint), otlptracegrpc.WithInsecure(), otlptracegrpc.WithTimeout(30*time.Second))
	}
	ctx := context.Background()
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		panic(err)
	}
	memory := tracetest.NewInMemoryExporter()
	tracer := trace.NewTracerProvider(trace.WithSyncer(memory)).Tracer("foreign-go")
	givenUp := 0
	for batch := 0; batch < batches; batch++ {
		for index := 0; index < size; index++ {
			_, span := tracer.Start(ctx, "chat gpt-4o", api.WithAttributes(
				attribute.String("gen_ai.operation.name", "chat"),
				attribute.String("gen_ai.provider.name", "openai"),
				attribute.String("gen_ai.response.model", "gpt-4o-2024-08-06"),
				attribute.String("gen_ai.response.id", fmt.Sprintf("%s-%d", prefix, batch*size+index+1)),
				attribute.Int("gen_ai.usage.input_tokens", 1000),
				attribute.Int("gen_ai.usage.output_tokens", 1),
			))
			span.End()
		}
		spans := memory.GetSpans().Snapshots()
		memory.Reset()
		for exporter.ExportSpans(ctx, spans) != nil {
			givenUp++
			time.Sleep(500 * time.Millisecond)
		}
	}
	if err := exporter.Shutdown(ctx); err != nil {
		panic(err)
	}
	fmt.Printf("{\"given_up\": %d}\n", givenUp)
}
