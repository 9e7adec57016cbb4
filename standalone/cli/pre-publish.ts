/** What publishing would do to an existing database, and whether the person wants it. Reference "cli and generate" 7. */
import type { YesKind } from './commands/publish.ts';
import type { Server } from './config/cli-toml.ts';
import { CliError } from './errors.ts';
import { jsonText, responseError, send } from './server-client.ts';
import { confirm, type Terminal } from './terminal.ts';

export type DeleteData = 'always' | 'on-conflict' | 'never';

export interface PrePublishOptions {
  readonly terminal: Terminal;
  readonly server: Server;
  readonly database: string;
  readonly token: string | undefined;
  readonly program: { readonly bytes: Uint8Array; readonly hostType: string };
  readonly deleteData: DeleteData;
  readonly breakClients: boolean;
  readonly yes: (kind: YesKind) => boolean;
}

type Plan =
  | { AutoMigrate: { migrate_plan: string; break_clients: boolean; token: string; major_version_upgrade?: boolean } }
  | { ManualMigrate: { reason: string; major_version_upgrade?: boolean } };

/** Asks the server for its plan and the person for consent; throws when either says no. */
export async function decidePrePublish(options: PrePublishOptions): Promise<Readonly<Record<string, string>>> {
  const { terminal } = options;
  if (options.deleteData === 'always') return (await exists(options)) ? clearData(options) : {};
  terminal.out('Checking for breaking changes...');
  const response = await send(options.server, {
    method: 'POST',
    path: `/v1/database/${encodeURIComponent(options.database)}/pre_publish`,
    // `style` is what servers read, `pretty_print_style` what the real tool sends.
    query: { style: 'NoColor', pretty_print_style: 'NoColor', host_type: options.program.hostType },
    body: options.program.bytes,
    contentType: 'application/octet-stream',
    token: options.token,
  });
  if (response.status === 404) return {};
  if (response.status === 403) throw await notOwner(response, options);
  if (!response.ok) throw await responseError(response);
  const plan = JSON.parse(await jsonText(response)) as Plan;
  return 'ManualMigrate' in plan ? manual(plan.ManualMigrate.reason, options) : automatic(plan.AutoMigrate, options);
}

async function exists({ server, database }: PrePublishOptions): Promise<boolean> {
  const response = await send(server, { path: `/v1/database/${encodeURIComponent(database)}` });
  if (response.ok || response.status === 404) return response.ok;
  throw await responseError(response);
}

async function automatic(
  plan: Extract<Plan, { AutoMigrate: unknown }>['AutoMigrate'],
  options: PrePublishOptions,
): Promise<Readonly<Record<string, string>>> {
  const { terminal, yes } = options;
  if (plan.migrate_plan.trim()) terminal.out(plan.migrate_plan.trimEnd());
  if (plan.break_clients) {
    const question = 'The changes break existing clients: they will be disconnected and need new bindings. Continue?';
    const skip = options.breakClients || yes('break-clients');
    if (!(await confirm(terminal, question, skip))) throw new CliError('Publishing aborted by user');
  }
  if (plan.major_version_upgrade) {
    const question = 'The module moves to a new major version of SpacetimeDB. Continue?';
    if (!(await confirm(terminal, question, yes('migrate')))) throw new CliError('Publishing aborted by user');
  }
  return { policy: 'BreakClients', token: plan.token };
}

async function manual(reason: string, options: PrePublishOptions): Promise<Readonly<Record<string, string>>> {
  options.terminal.out(`The database cannot be migrated automatically:\n${reason.trimEnd()}`);
  if (options.deleteData === 'on-conflict') return clearData(options);
  throw new CliError(
    'Aborting because publishing would require manual migration or deletion of data and --delete-data was not specified.',
  );
}

async function clearData({ terminal, database, server, yes }: PrePublishOptions): Promise<{ clear: string }> {
  terminal.out(`This will DESTROY all data of the database ${database} on ${server.url}.`);
  if (!(await confirm(terminal, 'Are you sure you want to proceed?', yes('delete-data')))) {
    throw new CliError('Publishing aborted by user');
  }
  return { clear: 'true' };
}

async function notOwner(response: Response, { database }: PrePublishOptions): Promise<CliError> {
  const error = await responseError(response);
  const advice = `The database \`${database}\` belongs to somebody else. Publish under another name, or log in as its owner.`;
  return new CliError(advice, [error.message, ...error.causes]);
}
