/** `spacetime describe` */
import type { Command } from 'commander';
import { rawModuleDefFromJson } from '../../../schema/raw-module-def-codec.ts';
import { resolveModuleDef } from '../../../schema/resolve.ts';
import { type Json, parseJson, stringifyJson } from '../../../schema/sats-json.ts';
import { tokenOf } from '../config/cli-toml.ts';
import { chooseDatabaseFromWords } from '../config/database-argument.ts';
import { type Context, warnUnstable } from '../context.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { fetchSchema } from '../remote-schema.ts';

export function addDescribe(program: Command, context: () => Context): void {
  const command = program
    .command('describe [words...]')
    .usage('[options] [database] [reducer|table <name>]')
    .description('print the definition of a database, or of one of its tables or reducers')
    .requiredOption('--json', 'print JSON (required)')
    .action(async (words: string[], options: CommonOptions) => runDescribe(context(), words, options));
  withOptions(command, ['server', 'anonymous', 'yes', 'no-config']);
  example(command, 'spacetime describe --json my-database table message');
}

async function runDescribe(context: Context, words: string[], options: CommonOptions): Promise<void> {
  warnUnstable(context.terminal);
  const { database, server: configured, rest } = chooseDatabaseFromWords(context.project(options), words);
  const [kind, name] = rest;
  if (rest.length !== 0 && (rest.length !== 2 || (kind !== 'table' && kind !== 'reducer'))) {
    throw new CliError(
      `Write \`table <name>\` or \`reducer <name>\` after the database, not \`${rest.join(' ')}\`.`,
      [],
      2,
    );
  }
  const server = context.server(options.server ?? configured);
  // Anybody may read a schema, so nobody is asked to log in.
  const token = options.anonymous ? undefined : tokenOf(context.config);
  const text = await fetchSchema(server, database, token);
  const json = parseJson(text);
  if (!json.ok) throw new CliError('The schema that the server sent could not be read.', [json.message]);
  const wanted = name === undefined ? json.value : entityOf(text, json.value, kind as 'table' | 'reducer', name);
  context.terminal.out(stringifyJson(wanted, 2));
}

/** The raw definition of the table or reducer with this canonical name. */
function entityOf(text: string, schema: Json, kind: 'table' | 'reducer', name: string): Json {
  const raw = rawModuleDefFromJson(text);
  if (!raw.ok) throw new CliError('The schema that the server sent could not be read.', [raw.message]);
  const def = resolveModuleDef(raw.value);
  const position =
    kind === 'table'
      ? def.tables.find((table) => table.name === name)?.position
      : def.reducers.find((reducer) => reducer.name === name)?.id;
  const section = sectionOf(schema, kind === 'table' ? 'Tables' : 'Reducers');
  const found = position === undefined ? undefined : section[position];
  if (found !== undefined) return found;
  const known = (kind === 'table' ? def.tables : def.reducers).map((entry) => entry.name).sort();
  throw new CliError(`The database has no ${kind} \`${name}\`. It has: ${known.join(', ') || 'none'}.`);
}

function sectionOf(schema: Json, name: string): readonly Json[] {
  const sections = (schema as { sections?: readonly Readonly<Record<string, readonly Json[]>>[] }).sections ?? [];
  return sections.find((section) => Object.hasOwn(section, name))?.[name] ?? [];
}
