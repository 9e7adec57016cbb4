/** Damaged bodies to the routes of a running server, over real sockets. It must answer each, and keep its rows. */
import { databaseOf } from '../support/database.ts';
import { bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { mutated, type Random, randomFrom } from '../support/random.ts';
import { startStandalone } from '../support/standalone.ts';
import { ledgerModule, ledgerProblem, ledgerQueries } from './ledger-module.ts';

export interface HttpFuzzResult {
  cases: number;
  /** Answers by status. */
  statuses: Record<string, number>;
}

const inFlight = 8;
const answerWithin = 30_000;

/** Throws when a request is not answered in time, is answered with a fault of the server, or changes a row wrongly. */
export async function fuzzHttp(cases: number, seed: number): Promise<HttpFuzzResult> {
  const random = randomFrom(seed);
  const server = await startStandalone();
  try {
    const owner = await newAccount(server.uri);
    // By its identity: a damaged list of names may well be a list of names.
    const identity = await publishOk(server.uri, 'ledger', await bundleSource(ledgerModule), owner.token);
    const result: HttpFuzzResult = { cases: 0, statuses: {} };
    const lane = async (): Promise<void> => {
      while (result.cases < cases) {
        result.cases++;
        const { method, path, body } = request(identity, random);
        const response = await fetch(`${server.uri}/v1/${path}`, {
          method,
          headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
          body,
          signal: AbortSignal.timeout(answerWithin),
        });
        const text = await response.text();
        result.statuses[response.status] = (result.statuses[response.status] ?? 0) + 1;
        // 530 is the module's own refusal, and a program that is none has 500 by the real server's example.
        if (response.status === 503 || (response.status === 500 && method === 'POST')) {
          throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
        }
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    const ledger = databaseOf(server.uri, identity, owner);
    const problem = await ledgerProblem((query) => ledger.rows(query));
    if (problem !== undefined) throw new Error(problem);
    return result;
  } finally {
    await server.dispose();
  }
}

interface FuzzRequest {
  method: 'POST' | 'PUT';
  path: string;
  body: Uint8Array<ArrayBuffer>;
}

function request(ledger: string, random: Random): FuzzRequest {
  const damaged = (text: string): Uint8Array<ArrayBuffer> => mutated(Buffer.from(text), random);
  const kind = random.integer(100);
  if (kind === 0) {
    return { method: 'PUT', path: 'database/other?host_type=Js', body: damaged('export default {};') };
  }
  if (kind < 10) return { method: 'PUT', path: `database/${ledger}/names`, body: damaged('["one","two"]') };
  if (kind < 50) return { method: 'POST', path: `database/${ledger}/sql`, body: damaged(random.pick(ledgerQueries)) };
  if (kind < 75) return { method: 'POST', path: `database/${ledger}/call/transfer`, body: damaged('[1,2,5]') };
  const note = '["name",["x","\\u0041"],{"some":1.5},true]';
  return { method: 'POST', path: `database/${ledger}/call/note`, body: damaged(note) };
}
