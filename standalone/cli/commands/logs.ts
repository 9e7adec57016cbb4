/** `spacetime logs` */
import { type Command, InvalidArgumentError } from 'commander';
import { chooseDatabase } from '../config/database-argument.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { formatLogLine, isLevel, type LogLine, levelAllows, levels } from '../log-line.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { resolveDatabase, sendOk } from '../server-client.ts';

interface Options extends CommonOptions {
  numLines?: number;
  follow?: boolean;
  format: 'text' | 'json';
  level?: string;
  levelExact?: boolean;
}

export function addLogs(program: Command, context: () => Context): void {
  const command = program
    .command('logs [database]')
    .description("print the module's log")
    .option('-n, --num-lines <count>', 'only the last lines', countOf)
    .option('-f, --follow', 'go on printing new lines; begins with the last 10 unless -n says otherwise')
    .option('--format <format>', 'text or json', formatOf, 'text')
    .option('-l, --level <level>', `lines of this level and above: ${levels.join(', ')}`, levelOf)
    .option('--level-exact', 'with --level: lines of exactly this level')
    .action(async (database: string | undefined, options: Options) => runLogs(context(), database, options));
  withOptions(command, ['server', 'yes', 'no-config']);
  example(command, 'spacetime logs my-database --num-lines 20 --follow');
}

function countOf(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number.');
}

function formatOf(value: string): string {
  if (value === 'text' || value === 'json') return value;
  throw new InvalidArgumentError('It must be text or json.');
}

function levelOf(value: string): string {
  if (isLevel(value.toLowerCase())) return value.toLowerCase();
  throw new InvalidArgumentError(`It must be one of: ${levels.join(', ')}.`);
}

async function runLogs(context: Context, argument: string | undefined, options: Options): Promise<void> {
  const { database, server: configured } = chooseDatabase(context.project(options), argument);
  const server = context.server(options.server ?? configured);
  const token = await context.token(server, options);
  const identity = await resolveDatabase(server, database);
  const lines = options.numLines ?? (options.follow ? 10 : undefined);
  const response = await sendOk(server, {
    path: `/v1/database/${identity}/logs`,
    query: { num_lines: lines?.toString(), follow: options.follow ? 'true' : 'false' },
    token,
  });
  for await (const line of linesOf(response)) print(line, context, options);
  if (options.follow) throw new CliError(`The server at ${server.url} ended the log of ${database}.`);
}

function print(line: string, { terminal }: Context, options: Options): void {
  const record = JSON.parse(line) as LogLine;
  if (options.level && !levelAllows(record.level, options.level, options.levelExact ?? false)) return;
  terminal.out(options.format === 'json' ? line : formatLogLine(record));
}

/** Complete lines of a body, as they arrive. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((part) => part.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
