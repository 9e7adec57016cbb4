/** The schema of a database on a server. Source: reference "protocol" 1.8. */
import type { ModuleDef } from '../../schema/module-def.ts';
import { rawModuleDefFromJson } from '../../schema/raw-module-def-codec.ts';
import { resolveModuleDef } from '../../schema/resolve.ts';
import type { Server } from './config/cli-toml.ts';
import { CliError } from './errors.ts';
import { jsonText, resolveDatabase, sendOk } from './server-client.ts';

/** The version 10 definition as the server prints it. `database` is a name or an identity. */
export async function fetchSchema(server: Server, database: string, token: string | undefined): Promise<string> {
  const identity = await resolveDatabase(server, database);
  const response = await sendOk(server, { path: `/v1/database/${identity}/schema`, query: { version: '10' }, token });
  return jsonText(response);
}

/** The definition as this tool works with it. */
export async function fetchModuleDef(server: Server, database: string, token: string | undefined): Promise<ModuleDef> {
  const raw = rawModuleDefFromJson(await fetchSchema(server, database, token));
  if (raw.ok) return resolveModuleDef(raw.value);
  throw new CliError('The schema that the server sent could not be read.', [raw.message]);
}
