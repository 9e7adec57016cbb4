/** Answers that say no. */
import type { Refusal } from './messages.ts';

export const refusal = (status: number, message: string): Refusal => ({ ok: false, status, message });

export const noProgram: Refusal = refusal(404, 'The database has no program yet. Publish a module to it.');

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
