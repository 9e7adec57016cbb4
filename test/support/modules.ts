/** Bundles of modules, made as `spacetime build` makes them, and their publication over HTTP. */
import path from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { repository } from './standalone.ts';

export type FixtureName = 'chat' | 'accounts';
export const fixtureFolder = (name: FixtureName): string => path.join(repository, 'test/fixtures', name);

const bundleOptions: BuildOptions & { write: false } = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'browser',
  target: 'esnext',
  external: ['spacetime:sys*'],
  sourcemap: 'inline',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'silent',
};

/** The bundle of a fixture. */
export async function bundleFixture(name: FixtureName): Promise<string> {
  const entry = path.join(fixtureFolder(name), 'spacetimedb/src/index.ts');
  const result = await build({ ...bundleOptions, entryPoints: [entry] });
  return result.outputFiles[0]?.text ?? '';
}

/** The bundle of a module given as text. It may import `spacetimedb/server`. */
export async function bundleSource(source: string): Promise<string> {
  const result = await build({
    ...bundleOptions,
    stdin: { contents: source, loader: 'ts', resolveDir: repository, sourcefile: 'src/index.ts' },
  });
  return result.outputFiles[0]?.text ?? '';
}

export interface Account {
  identity: string;
  token: string;
}

/** A new identity from the server. */
export async function newAccount(uri: string): Promise<Account> {
  const response = await fetch(`${uri}/v1/identity`, { method: 'POST' });
  return (await response.json()) as Account;
}

/** `PUT /v1/database/:name`; the answer is returned whatever its status. */
export function publish(uri: string, name: string, bundle: string, token: string, query = ''): Promise<Response> {
  return fetch(`${uri}/v1/database/${name}?host_type=Js${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: bundle,
  });
}

/** Publishes and demands success. */
export async function publishOk(uri: string, name: string, bundle: string, token: string): Promise<string> {
  const response = await publish(uri, name, bundle, token);
  if (!response.ok) throw new Error(`publish answered ${response.status}: ${await response.text()}`);
  const answer = (await response.json()) as { Success: { database_identity: string } };
  return answer.Success.database_identity;
}
