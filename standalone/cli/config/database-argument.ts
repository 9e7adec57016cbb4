/** How spacetime.json changes what the first words of a command mean. Source: reference "cli and generate" 4.4. */
import { CliError } from '../errors.ts';
import { type Project, type Target, textSetting } from './project.ts';

export interface DatabaseChoice {
  readonly database: string;
  /** The server that the configuration names for this database. */
  readonly server: string | undefined;
  /** Words that belong to the command itself. */
  readonly rest: readonly string[];
}

export const databaseOf = (target: Target): string | undefined => textSetting(target.settings, 'database');
const serverOf = (target: Target): string | undefined => textSetting(target.settings, 'server');

const named = (project: Project | undefined): Target[] =>
  (project?.targets ?? []).filter((target) => databaseOf(target) !== undefined);

/** `*` any text, `?` any character; everything else is literal. */
function matches(pattern: string, name: string): boolean {
  const source = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`).test(name);
}

/** For publish and generate: `argument` filters the targets; none matching is an error that lists them. */
export function chooseTargets(project: Project, argument: string | undefined): Target[] {
  const candidates = named(project);
  if (argument === undefined || candidates.length === 0) return [...project.targets];
  const found = candidates.filter((target) => matches(argument, databaseOf(target) ?? ''));
  if (found.length > 0) return found;
  throw new CliError(
    `No database target in spacetime.json matches '${argument}'. Available: ${candidates.map(databaseOf).join(', ')}. ` +
      'Use --no-config to ignore spacetime.json.',
  );
}

/** For logs, delete, lock: a target gives the server, any other name is used as it is. */
export function chooseDatabase(project: Project | undefined, argument: string | undefined): DatabaseChoice {
  const candidates = named(project);
  const target = argument === undefined ? onlyTarget(candidates) : candidates.find((t) => databaseOf(t) === argument);
  const database = argument ?? (target && databaseOf(target));
  if (database === undefined) throw new CliError(missingDatabase(candidates));
  return { database, server: target && serverOf(target), rest: [] };
}

/** For call and describe: the first word is the database only when it names a target. */
export function chooseDatabaseFromWords(project: Project | undefined, words: readonly string[]): DatabaseChoice {
  const candidates = named(project);
  const [first, ...rest] = words;
  if (candidates.length === 0) {
    if (first === undefined) throw new CliError(missingDatabase(candidates));
    return { database: first, server: undefined, rest };
  }
  const target = candidates.find((candidate) => databaseOf(candidate) === first);
  if (target) return { database: databaseOf(target) ?? '', server: serverOf(target), rest };
  const only = candidates.length === 1 ? candidates[0] : undefined;
  if (only) return { database: databaseOf(only) ?? '', server: serverOf(only), rest: words };
  throw new CliError(
    `spacetime.json describes several databases (${candidates.map(databaseOf).join(', ')}), and '${first ?? ''}' is none of them. ` +
      'Begin with one of these names, or use --no-config to name another database.',
  );
}

/** For sql: two words are database and query, also when the database is not configured; one word is the query. */
export function chooseDatabaseForQuery(project: Project | undefined, words: readonly string[]): DatabaseChoice {
  const [first = '', ...rest] = words;
  if (rest.length > 0) return { ...chooseDatabase(project, first), rest };
  if (first !== '' && named(project).length === 0) throw new CliError(sqlUsage, [], 2);
  return { ...chooseDatabase(project, undefined), rest: words };
}

export const sqlUsage =
  'Write the database and one SQL statement in quotes, for instance: spacetime sql my-database "SELECT * FROM message".';

function onlyTarget(candidates: readonly Target[]): Target | undefined {
  return candidates.length === 1 ? candidates[0] : undefined;
}

const missingDatabase = (candidates: readonly Target[]): string =>
  candidates.length === 0
    ? 'No database was named. Give its name or identity, or write `"database"` into spacetime.json.'
    : `spacetime.json describes several databases: ${candidates.map(databaseOf).join(', ')}. Name one of them.`;
