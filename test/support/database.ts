/** One database over HTTP, as a person with a token. */
import { type Account, publish } from './modules.ts';

export interface LogLine {
  level: string;
  function?: string;
  message: string;
}

export interface DatabaseHandle {
  readonly name: string;
  /** Calls a reducer or a procedure; the answer is returned whatever its status. */
  call(name: string, args?: unknown, token?: string): Promise<Response>;
  /** Calls and demands success. Gives the body. */
  run(name: string, ...args: unknown[]): Promise<string>;
  /** Rows of a query, in the untyped JSON form; demands success. */
  rows(query: string): Promise<unknown[][]>;
  logs(): Promise<LogLine[]>;
  /** Publishes and demands success. */
  publish(bundle: string, query?: string): Promise<void>;
}

export function databaseOf(uri: string, name: string, owner: Account): DatabaseHandle {
  const address = `${uri}/v1/database/${name}`;
  const authorization = (token: string) => ({ authorization: `Bearer ${token}` });
  const demand = async (response: Response): Promise<string> => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
    return text;
  };
  const call = (reducer: string, args: unknown = [], token = owner.token): Promise<Response> =>
    fetch(`${address}/call/${reducer}`, {
      method: 'POST',
      headers: { ...authorization(token), 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
  return {
    name,
    call,
    run: async (reducer, ...args) => demand(await call(reducer, args)),
    async rows(query) {
      const headers = authorization(owner.token);
      const text = await demand(await fetch(`${address}/sql`, { method: 'POST', headers, body: query }));
      return JSON.parse(text)[0].rows;
    },
    async logs() {
      const text = await demand(await fetch(`${address}/logs`, { headers: authorization(owner.token) }));
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    },
    async publish(bundle, query = '') {
      await demand(await publish(uri, name, bundle, owner.token, query));
    },
  };
}
