/** `spacetime call`: runs a reducer or procedure. Source: reference "cli and generate" 2.1, "protocol" 1.7. */
import type { Command } from 'commander';
import type { NamedType } from '../../../schema/algebraic-type.ts';
import type { ModuleDef, Procedure, Reducer } from '../../../schema/module-def.ts';
import { formatType } from '../../../schema/type-text.ts';
import { callArguments } from '../call-arguments.ts';
import { chooseDatabaseFromWords } from '../config/database-argument.ts';
import { type Context, warnUnstable } from '../context.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { fetchModuleDef } from '../remote-schema.ts';
import { resolveDatabase, responseError, send } from '../server-client.ts';
import { similarNames } from '../similar-names.ts';

export function addCall(program: Command, context: () => Context): void {
  const command = program
    .command('call [words...]')
    .usage('[options] [database] <function> [arguments...]')
    .description('call a reducer or procedure; each argument is one JSON value, text needs no quotes')
    .action(async (words: string[], options: CommonOptions) => runCall(context(), words, options));
  withOptions(command, ['server', 'anonymous', 'yes', 'no-config']);
  example(command, 'spacetime call my-database send_message "Hello"', 'spacetime call my-database transfer 1 2 -- -5');
}

async function runCall(context: Context, words: string[], options: CommonOptions): Promise<void> {
  const { terminal } = context;
  warnUnstable(terminal);
  const { database, server: configured, rest } = chooseDatabaseFromWords(context.project(options), words);
  const [name, ...texts] = rest;
  if (name === undefined)
    throw new CliError('No reducer or procedure was named. Write its name after the database.', [], 2);
  const server = context.server(options.server ?? configured);
  const identity = await resolveDatabase(server, database);
  const token = await context.token(server, options);
  const def = await fetchModuleDef(server, identity, token);
  const target = callable(def).find((entry) => entry.name === name || entry.accessor === name);
  if (!target) throw noSuchFunction(def, name, database, identity);
  const response = await send(server, {
    method: 'POST',
    path: `/v1/database/${identity}/call/${encodeURIComponent(target.name)}`,
    body: callArguments(target.params, texts, def.typespace),
    contentType: 'application/json',
    token,
  });
  if (!response.ok) throw await failure(response, def, target, database, identity);
  const result = await response.text();
  if (result) terminal.out(result);
}

const callable = (def: ModuleDef): (Reducer | Procedure)[] => [
  ...def.reducers.filter((reducer) => reducer.lifecycle === undefined),
  ...def.procedures,
];

async function failure(
  response: Response,
  def: ModuleDef,
  target: Reducer | Procedure,
  database: string,
  identity: string,
): Promise<CliError> {
  const error = await responseError(response);
  if (response.status === 404) return noSuchFunction(def, target.name, database, identity);
  if (response.status !== 400 || !/invalid arguments/i.test(error.message)) return error;
  const kind = 'lifecycle' in target ? 'reducer' : 'procedure';
  return new CliError(
    `Invalid arguments provided for ${kind} \`${target.name}\` for database \`${database}\` resolving to identity \`${identity}\`.\n\n` +
      `The ${kind} has the following signature:\n\t${signature(def, target.name, target.params)}`,
    [error.message, ...error.causes],
  );
}

const signature = (def: ModuleDef, name: string, params: readonly NamedType[]): string =>
  `${name}(${params.map((param, i) => `${param.name ?? `arg_${i}`}: ${formatType(param.type, def.typespace, def.types)}`).join(', ')})`;

function noSuchFunction(def: ModuleDef, name: string, database: string, identity: string): CliError {
  const names = callable(def).map((entry) => entry.name);
  const similar = similarNames(name, names);
  const list = similar.length > 0 ? similar : names.slice(0, 10);
  const title = similar.length > 0 ? 'Similar names' : 'It has';
  return new CliError(
    `No such reducer OR procedure \`${name}\` for database \`${database}\` resolving to identity \`${identity}\`.` +
      (list.length > 0 ? `\n\n${title}: ${list.join(', ')}` : ''),
  );
}
