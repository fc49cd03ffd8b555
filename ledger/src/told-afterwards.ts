/** Begins the tokens of what was not received but told afterwards, as a history is: how long that took says nothing. */
export const TOLD_AFTERWARDS = 'afterwards/';
