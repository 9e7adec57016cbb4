/** The life of a connection to a database, as a table. The panels show the same states. */
import type { ConnectionState } from '../../webviews/protocol.ts';

export type ConnectionStateName = ConnectionState['state'];

/** From each state, the states that may follow. */
export const connectionTransitions: Readonly<Record<ConnectionStateName, readonly ConnectionStateName[]>> = {
  /** Nothing is tried until somebody asks or the server comes back. */
  disconnected: ['connecting'],
  connecting: ['connected', 'reconnecting', 'disconnected'],
  connected: ['reconnecting', 'disconnected', 'connecting'],
  /** Waiting for the next try, or trying; rows stay and are marked stale. */
  reconnecting: ['connected', 'reconnecting', 'disconnected', 'connecting'],
};

const pauseMs = { first: 250, longest: 15_000 };

/** Milliseconds before try number `attempt` (from 1): doubling, with up to a quarter of jitter taken off. */
export function retryPause(attempt: number, random: () => number = Math.random): number {
  const pause = Math.min(pauseMs.first * 2 ** (attempt - 1), pauseMs.longest);
  return Math.round(pause * (1 - random() / 4));
}
