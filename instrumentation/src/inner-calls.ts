import type { ObservedCall } from './observed-call.ts';

/** What an inner request has from the call around it, of all that the call knows: where it ran. */
const SHARED = ['cloud.region'];

/** The call, and the requests that its provider made within it, as calls of their own; unless the provider told one cost for all. */
export function withInnerCalls(call: ObservedCall): readonly ObservedCall[] {
  if (call.reportedCostUsd !== undefined) return [call];
  const attributes = Object.fromEntries(Object.entries(call.attributes).filter(([name]) => SHARED.includes(name)));
  const { provider, gateway, serverAddress, serverPort, startMs, endMs, status } = call;
  const around = { provider, gateway, serverAddress, serverPort, startMs, endMs, status };
  return [
    call,
    ...call.inner.map((inner) => ({ ...around, ...inner, attributes, finishReasons: [], streamed: false, answerBytes: 0, inner: [] })),
  ];
}
