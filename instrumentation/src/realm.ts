import diagnosticsChannel from 'node:diagnostics_channel';

let isSuperseded = false;

/**
 * A test runner evaluates modules anew for each test file, with globals of its own, in a process whose calls everybody sees. The
 * newest of us follows them; those of files that are over step aside. Channels of Node's are the same for all.
 */
export function takeOver(): void {
  const arrivals = diagnosticsChannel.channel('tokenledger.instrumentation');
  if (arrivals.hasSubscribers) arrivals.publish({});
  arrivals.subscribe(() => {
    isSuperseded = true;
  });
}

/** Whether it is us who follow calls. */
export function isInCharge(): boolean {
  return !isSuperseded;
}
