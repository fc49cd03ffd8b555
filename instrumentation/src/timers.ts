/** As they are when we are loaded: tests of apps replace them, and would leave a moment that never ends. */
export const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;
