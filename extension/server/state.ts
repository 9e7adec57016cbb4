/** What a server is doing, and which changes are possible. Every state is visible in the tree and the status bar. */

export type ServerState =
  /** Nobody has looked yet. */
  | { state: 'unknown' }
  /** Nothing answers, and nothing was asked to start. */
  | { state: 'stopped'; reason: string }
  | { state: 'starting' }
  /** Started by this window and ended with it. */
  | { state: 'running'; url: string }
  /** Answers, but was started by somebody else: never stopped from here. */
  | { state: 'attached'; url: string }
  /** Answered before, or was expected to, and does not now. */
  | { state: 'unreachable'; reason: string }
  /** Started by this window and ended by itself, or did not come up. */
  | { state: 'failed'; reason: string };

export type ServerStateName = ServerState['state'];

/** From each state, the states that may follow. */
export const serverTransitions: Readonly<Record<ServerStateName, readonly ServerStateName[]>> = {
  unknown: ['attached', 'stopped', 'starting', 'unreachable'],
  stopped: ['starting', 'attached', 'unreachable'],
  starting: ['running', 'attached', 'failed', 'stopped'],
  running: ['stopped', 'failed'],
  attached: ['stopped', 'unreachable'],
  unreachable: ['attached', 'starting', 'stopped'],
  failed: ['starting', 'attached', 'stopped'],
};

/** Whether requests can be sent now. */
export const isUp = (state: ServerState): state is Extract<ServerState, { url: string }> =>
  state.state === 'running' || state.state === 'attached';

/** One line for the tree. */
export function describeServer(state: ServerState): string {
  switch (state.state) {
    case 'unknown':
      return 'looking…';
    case 'starting':
      return 'starting…';
    case 'running':
      return 'running';
    case 'attached':
      return 'connected';
    case 'stopped':
      return 'stopped';
    case 'unreachable':
      return 'disconnected';
    case 'failed':
      return 'failed';
  }
}

/** Why nothing can be asked of the server now, as a sentence. */
export const describeAbsence = (state: ServerState): string =>
  'reason' in state ? state.reason : 'The server is not running.';
