/** The command line of a publish. Questions that it would ask are answered beforehand, by the person. */

export interface PublishOptions {
  database: string;
  modulePath: string;
  server: string;
  /** The person agreed to a server that is not on this machine. */
  remote: boolean;
  /** The person agreed that clients are disconnected and must be generated anew. */
  breakClients: boolean;
  /** The person agreed that all rows are deleted where that is the only way. */
  deleteData: boolean;
}

export function publishArguments(options: PublishOptions): string[] {
  const yes = ['skip-login', 'migrate'];
  if (options.remote) yes.push('remote');
  if (options.breakClients) yes.push('break-clients');
  if (options.deleteData) yes.push('delete-data');
  return [
    'publish',
    options.database,
    '--module-path',
    options.modulePath,
    '-s',
    options.server,
    '--no-config',
    ...(options.deleteData ? ['--delete-data=on-conflict'] : []),
    `--yes=${yes.join(',')}`,
  ];
}
