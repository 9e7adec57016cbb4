/** A view failed while a transaction was ending; the transaction must be undone. */
export class ViewFailure extends Error {}
