import { formatUsd } from './format.ts';
import type { CallSpan, TraceSpan } from './trace.ts';

const FACTS = ['service', 'environment', 'team', 'feature', 'customer', 'user', 'session', 'run', 'agent'] as const;

/** What is known of a span, and of a call what it costs line by line. */
export function SpanDetails({ span }: { readonly span: TraceSpan }) {
  const facts = FACTS.flatMap((name) => (span[name] === null ? [] : [[name, span[name]] as const]));
  return (
    <div className="tl-span">
      {span.type === 'call' && (
        <>
          <Charges call={span} />
          <p>
            <a href={`/d/tl-call?var-trace_id=${span.trace_id}&var-span_id=${span.span_id}`}>Why it costs that</a>
          </p>
        </>
      )}
      <dl>
        <dt>time</dt>
        <dd>{span.time}</dd>
        {[...facts, ...(span.type === 'call' ? callFacts(span) : Object.entries(span.attributes))].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Charges({ call }: { readonly call: CallSpan }) {
  const priced = new Set(call.charges.map(({ meter }) => meter));
  const unpriced = Object.entries(call.usage).filter(([meter]) => !priced.has(meter));
  return (
    <table>
      <thead>
        <tr>
          <th>Meter</th>
          <th>Quantity</th>
          <th>USD each</th>
          <th>Amount</th>
          <th>Price from</th>
        </tr>
      </thead>
      <tbody>
        {call.charges.map(({ meter, quantity, unit_price_usd, amount_usd, source }) => (
          <tr key={meter}>
            <td>{meter}</td>
            <td>{quantity.toLocaleString('en')}</td>
            <td>{unit_price_usd}</td>
            <td>{formatUsd(amount_usd)}</td>
            <td>{source}</td>
          </tr>
        ))}
        {unpriced.map(([meter, quantity]) => (
          <tr key={meter}>
            <td>{meter}</td>
            <td>{quantity.toLocaleString('en')}</td>
            <td>–</td>
            <td>–</td>
            <td>{call.unpriced_reason ?? call.not_billable_reason ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const callFacts = (call: CallSpan): (readonly [string, string])[] => [
  ['provider', call.provider],
  ['model', call.model],
  ['price', call.price_status + (call.estimated ? ', tokens estimated' : '')],
  ...(call.ttft_ms === null ? [] : [['time to first token', `${call.ttft_ms} ms`] as const]),
  ['read as', [call.semantics.profile, call.semantics.confidence, ...call.semantics.flags].join(', ')],
];
