/**
 * The server that the conformance suite judges: the one named by SPACETIMEDB_URI, else a fresh embedded one.
 * Everything in this folder uses public means only, so that it would run unchanged against a real server.
 */
import { afterAll, beforeAll } from 'vitest';
import { type Standalone, startStandalone } from '../support/standalone.ts';

export const externalUri = process.env.SPACETIMEDB_URI;

/** Registers start and stop with the surrounding test file. Read `uri` inside tests only. */
export function useServer(): { readonly uri: string } {
  let standalone: Standalone | undefined;
  beforeAll(async () => {
    if (!externalUri) standalone = await startStandalone();
  });
  afterAll(() => standalone?.dispose());
  return {
    get uri() {
      const uri = externalUri ?? standalone?.uri;
      if (uri === undefined) throw new Error('the server is not started yet');
      return uri;
    },
  };
}

let counter = 0;
/** A database name that no other test uses. */
export const freshName = (prefix: string): string => `${prefix}-${process.pid}-${Date.now().toString(36)}-${counter++}`;
