/** Begins the insert tokens of rows that were not received but loaded later, such as a history: how long they took to arrive says nothing. */
export const BACKFILL = 'backfill/';
