/** `spacetime publish`. Order of events and lines: reference "cli and generate" 7. */
import { relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { formatBuildProblem } from '../../build/build-problem.ts';
import { isLocal, type Server } from '../config/cli-toml.ts';
import { chooseTargets, databaseOf } from '../config/database-argument.ts';
import { flagSetting, type Project, type Target, textSetting } from '../config/project.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { buildAndReport, placeOfFailure, readProgram } from '../module-schema.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { type DeleteData, decidePrePublish } from '../pre-publish.ts';
import { isIdentity, jsonText, responseError, send } from '../server-client.ts';
import { confirm } from '../terminal.ts';
import { moduleDirectory } from './build.ts';

const yesKinds = ['all', 'remote', 'migrate', 'break-clients', 'skip-login', 'delete-data'] as const;
export type YesKind = (typeof yesKinds)[number];

interface Options extends Omit<CommonOptions, 'yes'> {
  deleteData?: DeleteData;
  buildOptions?: string;
  modulePath?: string;
  binPath?: string;
  jsPath?: string;
  breakClients?: boolean;
  parent?: string;
  organization?: string;
  numReplicas?: string;
  yes?: YesKind[];
}

export function addPublish(program: Command, context: () => Context): void {
  const command = program
    .command('publish [name]')
    .description('build the module and create or update a database with it')
    .option(
      '-c, --delete-data [when]',
      'delete existing data: always (default when bare), on-conflict or never; write --delete-data=<when>',
      deleteDataOf,
    )
    .option('--build-options <options>', 'options for `spacetime build`, for instance --debug')
    .option('-p, --module-path <dir>', 'folder of the module (default: ./spacetimedb, else the current folder)')
    .option('-b, --bin-path <file>', 'publish this WebAssembly module instead of building')
    .option('-j, --js-path <file>', 'publish this bundle instead of building')
    .option('--break-clients', 'publish even when existing clients will be disconnected')
    .option('--parent <database>', 'parent database')
    .option('--organization <name>', 'organization that will own the database')
    .option(
      '-y, --yes [kinds]',
      `answer questions with yes; write --yes=<kinds> for some of: ${yesKinds.join(', ')}`,
      yesOf,
    )
    .option('--native-aot', 'accepted for compatibility; only C# modules use it')
    .option('--dotnet-version <version>', 'accepted for compatibility; only C# modules use it')
    .action(async (name: string | undefined, options: Options) => runPublish(context(), name, options));
  for (const hidden of ['--num-replicas <count>']) command.addOption(command.createOption(hidden).hideHelp());
  withOptions(command, ['server', 'anonymous', 'no-config', 'env']);
  example(
    command,
    'spacetime publish my-database --server local',
    'spacetime publish my-database --delete-data=on-conflict --yes=migrate,skip-login',
  );
}

function yesOf(value: string, before: YesKind[] | undefined): YesKind[] {
  const kinds = value.split(',').map((kind) => {
    const known = yesKinds.find((candidate) => candidate === kind.trim());
    if (!known) throw new InvalidArgumentError(`'${kind}' is none of: ${yesKinds.join(', ')}.`);
    return known;
  });
  return [...(before ?? []), ...kinds];
}

function deleteDataOf(value: string): DeleteData {
  if (value === 'always' || value === 'on-conflict' || value === 'never') return value;
  throw new InvalidArgumentError(`'${value}' is none of: always, on-conflict, never.`);
}

/** One publication, with the command line and the configuration already merged. */
interface Publication {
  readonly database: string | undefined;
  readonly server: Server;
  readonly moduleDirectory: string;
  readonly prebuilt: { readonly kind: 'WASM' | 'JS'; readonly path: string } | undefined;
  readonly debug: boolean;
  readonly breakClients: boolean;
  readonly anonymous: boolean;
  readonly deleteData: DeleteData;
  readonly yes: (kind: YesKind) => boolean;
  readonly query: Readonly<Record<string, string | undefined>>;
}

async function runPublish(context: Context, name: string | undefined, options: Options): Promise<void> {
  const { terminal } = context;
  const project = context.project(options);
  if (project) terminal.out(`Using configuration from ${project.files.join(', ')}`);
  const targets = project ? chooseTargets(project, name) : [{ settings: {}, generate: [] }];
  for (const target of targets) {
    const publication = publicationOf(context, project, target, name, options);
    if (targets.length > 1) {
      const shown = relative(terminal.cwd, publication.moduleDirectory) || '.';
      terminal.out(`Publishing module ${shown} to database '${publication.database}'`);
    }
    await publishOne(context, publication);
  }
}

function publicationOf(
  context: Context,
  project: Project | undefined,
  { settings }: Target,
  name: string | undefined,
  options: Options,
): Publication {
  const { cwd } = context.terminal;
  const base = project?.directory ?? cwd;
  const fromFlag = (path: string | undefined): string | undefined => path && resolve(cwd, path);
  const fromConfig = (key: string): string | undefined => {
    const path = textSetting(settings, key);
    return path && resolve(base, path);
  };
  const ownSource = options.modulePath ?? options.binPath ?? options.jsPath;
  const wasm = fromFlag(options.binPath) ?? (ownSource ? undefined : fromConfig('wasm-file'));
  const js = fromFlag(options.jsPath) ?? (ownSource ? undefined : fromConfig('js-file'));
  const buildOptions = options.buildOptions ?? textSetting(settings, 'build-options') ?? '';
  const kinds = options.yes ?? [];
  const replicas = options.numReplicas ?? settings['num-replicas'];
  return {
    database: databaseOf({ settings, generate: [] }) ?? name,
    server: context.server(options.server ?? textSetting(settings, 'server')),
    moduleDirectory: fromFlag(options.modulePath) ?? fromConfig('module-path') ?? moduleDirectory(base, undefined),
    prebuilt: wasm ? { kind: 'WASM', path: wasm } : js ? { kind: 'JS', path: js } : undefined,
    debug: /(^|\s)(-d|--debug)(\s|$)/.test(buildOptions),
    breakClients: options.breakClients ?? flagSetting(settings, 'break-clients'),
    anonymous: options.anonymous ?? flagSetting(settings, 'anon-identity'),
    deleteData: options.deleteData ?? 'never',
    yes: (kind) => kinds.includes('all') || kinds.includes(kind),
    query: {
      parent: options.parent ?? textSetting(settings, 'parent'),
      organization: options.organization ?? textSetting(settings, 'organization'),
      num_replicas: replicas === undefined ? undefined : String(replicas),
    },
  };
}

async function publishOne(context: Context, publication: Publication): Promise<void> {
  const { terminal } = context;
  const { server, database, yes } = publication;
  requireName(database);
  const program = await programOf(context, publication);
  if (!isLocal(server)) {
    terminal.out(`You are about to publish to a non-local server: ${new URL(server.url).host}`);
    if (!(await confirm(terminal, 'Continue?', yes('remote')))) throw new CliError('Publishing aborted by user');
  }
  const token = await context.token(server, { anonymous: publication.anonymous, yes: yes('skip-login') });
  terminal.out(`Uploading to ${server.nickname ?? new URL(server.url).host} => ${server.url}`);
  const request = { ...publication, terminal, token, program };
  const decision = database === undefined ? {} : await decidePrePublish({ ...request, database });
  terminal.out('Publishing module...');
  const response = await send(server, {
    method: database === undefined ? 'POST' : 'PUT',
    path: database === undefined ? '/v1/database' : `/v1/database/${encodeURIComponent(database)}`,
    query: { ...publication.query, ...decision, host_type: program.hostType },
    body: program.bytes,
    contentType: 'application/octet-stream',
    token,
  });
  await reportOutcome(context, response, database);
}

const namePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

function requireName(database: string | undefined): void {
  if (database === undefined || namePattern.test(database) || isIdentity(database)) return;
  throw new CliError(
    `'${database}' is not a name for a database. Use lower-case letters and digits, with single dashes between them, for instance my-chat-2.`,
  );
}

interface Program {
  readonly bytes: Uint8Array;
  readonly hostType: 'Js' | 'Wasm';
}

async function programOf({ terminal }: Context, publication: Publication): Promise<Program> {
  const { prebuilt } = publication;
  if (!prebuilt) {
    const built = await buildAndReport(terminal, publication.moduleDirectory, publication.debug);
    terminal.out('Build finished successfully.');
    return { bytes: Buffer.from(built.text), hostType: 'Js' };
  }
  terminal.out(`(${prebuilt.kind}) Skipping build. Instead we are publishing ${prebuilt.path}`);
  const bytes = readProgram(prebuilt.path);
  return { bytes, hostType: prebuilt.kind === 'JS' ? 'Js' : 'Wasm' };
}

async function reportOutcome({ terminal }: Context, response: Response, database: string | undefined): Promise<void> {
  if (response.status === 401) throw await nameTaken(response, database);
  if (!response.ok) throw await refusal(terminal, response);
  const { Success: success } = JSON.parse(await jsonText(response)) as {
    Success?: { domain: string | null; database_identity: string; op: 'created' | 'updated' };
  };
  if (!success) throw new CliError('The server answered without saying what it did. Is it a SpacetimeDB server?');
  const verb = success.op === 'created' ? 'Created new' : 'Updated';
  const name = success.domain ?? (database !== undefined && !isIdentity(database) ? database : undefined);
  terminal.out(
    `${verb} database with ${name === undefined ? '' : `name: ${name}, `}identity: ${success.database_identity}`,
  );
}

/** A module that failed in the server, in `init` for instance, also says where, in the form of compilers. */
async function refusal(terminal: Context['terminal'], response: Response): Promise<CliError> {
  const error = await responseError(response);
  const place = placeOfFailure(error.message);
  if (place) terminal.err(formatBuildProblem(place));
  return error;
}

/** 401 means a name of somebody else when it says so in JSON, a refused token otherwise. */
async function nameTaken(response: Response, database: string | undefined): Promise<CliError> {
  const body = await response.clone().text();
  if (!body.includes('PermissionDenied')) return responseError(response);
  return new CliError(
    `The name \`${database}\` is registered by somebody else on this server. Publish under another name, or log in as its owner.`,
    (await responseError(response)).causes,
  );
}
