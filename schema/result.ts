/** Outcome of reading something that may be malformed. The schema room reads without throwing. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });
