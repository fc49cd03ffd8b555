import { context, propagation } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { expect, test } from 'vitest';
import { withAttribution } from '../src/index.ts';

test('what the app’s own HTTP instrumentation sends along names nobody of the attribution', async () => {
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
  const attribution = { team: 'secret-team', customer: 'secret-customer', user: 'secret-user', tags: { plan: 'secret-plan' } };
  const carrier = await withAttribution(attribution, async () => {
    await Promise.resolve();
    const own = propagation.createBaggage({ tenant: { value: 'own' } });
    const headers: Record<string, string> = {};
    propagation.inject(propagation.setBaggage(context.active(), own), headers);
    return headers;
  });
  // The app's own baggage is the app's.
  expect(carrier).toEqual({ baggage: 'tenant=own' });
});
