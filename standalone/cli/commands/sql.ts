/** `spacetime sql`: one statement over HTTP. Source: reference "cli and generate" 2.1, "protocol" 1.7. */
import { type Command, InvalidArgumentError } from 'commander';
import { chooseDatabaseForQuery, sqlUsage } from '../config/database-argument.ts';
import { type Context, warnUnstable } from '../context.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { jsonText, resolveDatabase, sendOk } from '../server-client.ts';
import { formatSqlResult } from '../sql-text.ts';

interface Options extends CommonOptions {
  interactive?: boolean;
  confirmed?: string;
  format: 'text' | 'json';
}

export function addSql(program: Command, context: () => Context): void {
  const command = program
    .command('sql [words...]')
    .usage('[options] [database] <query>')
    .description('run one SQL statement')
    .option('--interactive', 'not part of the embedded tool')
    .option('--confirmed <boolean>', 'wait until what is read is durable: true (default) or false', confirmedOf)
    .option('--format <format>', 'text or json', formatOf, 'text')
    .action(async (words: string[], options: Options) => runSql(context(), words, options));
  withOptions(command, ['server', 'anonymous', 'yes', 'no-config']);
  example(command, 'spacetime sql my-database "SELECT * FROM message"');
}

function confirmedOf(value: string): string {
  if (value === 'true' || value === 'false') return value;
  throw new InvalidArgumentError('It must be true or false.');
}

function formatOf(value: string): string {
  if (value === 'text' || value === 'json') return value;
  throw new InvalidArgumentError('It must be text or json.');
}

async function runSql(context: Context, words: string[], options: Options): Promise<void> {
  const { terminal } = context;
  warnUnstable(terminal);
  if (options.interactive)
    throw new CliError('The embedded tool has no SQL prompt. Give the statement as an argument.');
  const choice = chooseDatabaseForQuery(context.project(options), words);
  const [query, ...more] = choice.rest;
  if (query === undefined || more.length > 0) {
    throw new CliError(sqlUsage, [], 2);
  }
  const server = context.server(options.server ?? choice.server);
  const token = await context.token(server, options);
  const identity = await resolveDatabase(server, choice.database);
  const response = await sendOk(server, {
    method: 'POST',
    path: `/v1/database/${identity}/sql`,
    query: { confirmed: options.confirmed },
    body: query,
    contentType: 'text/plain',
    token,
  });
  const text = await jsonText(response);
  terminal.out(options.format === 'json' ? text : formatSqlResult(text));
}
