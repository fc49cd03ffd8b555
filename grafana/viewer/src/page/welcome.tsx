import { Alert, ClipboardButton } from '@grafana/ui';
import { useEffect } from 'react';
import { hasRequests } from '../api.ts';

const LOOK_EVERY_MS = 2_000;

const WAYS = [
  {
    title: 'A Node app: one import',
    text: 'Start the app with the import. It sees every call to OpenAI, Anthropic, Gemini, Bedrock and the others on the wire.',
    code: 'npm install @tokenledger/instrumentation\nnode --import @tokenledger/instrumentation/register app.js',
  },
  {
    title: 'Anything that speaks OpenTelemetry',
    text: 'Other GenAI instrumentations, in any language, and coding agents such as Claude Code: point their exporter here.',
    code: `export OTEL_EXPORTER_OTLP_ENDPOINT=http://${location.hostname}:4318\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  },
  {
    title: 'No app at hand',
    text: 'One made-up call, so that you see something arrive.',
    code: firstCall(),
  },
] as const;

/** There is nothing to show yet. Says how to change that, and notices when it has. */
export function Welcome({ onArrived }: { readonly onArrived: () => void }) {
  useEffect(() => {
    const timer = setInterval(() => {
      hasRequests().then(
        (arrived) => arrived && onArrived(),
        () => undefined,
      );
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [onArrived]);
  return (
    <main id="dashboard" className="tl-welcome" tabIndex={-1}>
      <h1>Waiting for the first call</h1>
      <p>
        Tokenledger is up and has not seen a call yet. This page turns into the dashboards when the first one is stored, about a second
        after it was made.
      </p>
      {WAYS.map(({ title, text, code }) => (
        <section key={title}>
          <h2>{title}</h2>
          <p>{text}</p>
          <pre>{code}</pre>
          <ClipboardButton variant="secondary" size="sm" icon="copy" getText={() => code}>
            Copy
          </ClipboardButton>
        </section>
      ))}
      <Alert severity="info" title="Or look at thirty days of a made-up company first">
        Stop this and run <code>npm run demo</code>: it has a data directory of its own.
      </Alert>
    </main>
  );
}

function firstCall(): string {
  const attribute = (key: string, value: string | number) =>
    `{"key":"${key}","value":{${typeof value === 'number' ? `"intValue":"${value}"` : `"stringValue":"${value}"`}}}`;
  const attributes = [
    attribute('gen_ai.operation.name', 'chat'),
    attribute('gen_ai.provider.name', 'openai'),
    attribute('gen_ai.response.model', 'gpt-5-mini'),
    attribute('gen_ai.usage.input_tokens', 1200),
    attribute('gen_ai.usage.output_tokens', 300),
    attribute('tokenledger.team', 'hello'),
  ].join(',');
  const span = `{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'","name":"chat","kind":3,"startTimeUnixNano":"'$(date +%s)'000000000","endTimeUnixNano":"'$(date +%s)'900000000","attributes":[${attributes}]}`;
  return `curl http://${location.hostname}:4318/v1/traces -H 'content-type: application/json' -d '{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}'`;
}
