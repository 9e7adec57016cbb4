/** Reads what `spacetime` prints, the real one's and the embedded one's alike. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what an escape sequence is made of
const ansi = /\x1b\[[0-9;?]*[A-Za-z]/g;

export const stripAnsi = (text: string): string => text.replace(ansi, '');

/** `2.10.1` out of `--version`; undefined when there is no version in it. */
export const parseVersion = (text: string): string | undefined =>
  (/tool version (\d+\.\d+\.\d+\S*?)[;\s(]/.exec(text) ?? /\b(\d+\.\d+\.\d+\S*)/.exec(text))?.[1];

/** The token in the output of `login show --token`. */
export const parseToken = (text: string): string | undefined => /auth token .*? is (\S+)/.exec(stripAnsi(text))?.[1];

export interface PublishOutcome {
  created: boolean;
  name: string | undefined;
  /** 64 hex digits. */
  identity: string;
}

/** The last line of a successful `publish`. */
export function parsePublished(text: string): PublishOutcome | undefined {
  const match = /(Created new|Updated) database with (?:name: (\S+), )?identity: ([0-9a-f]{64})/.exec(stripAnsi(text));
  if (!match?.[3]) return undefined;
  return { created: match[1] === 'Created new', name: match[2], identity: match[3] };
}

/** Why a publish was refused, as far as a person can do something about it. */
export type PublishRefusal = 'manualMigration' | 'breaksClients' | undefined;

export function publishRefusal(output: string): PublishRefusal {
  const text = stripAnsi(output);
  if (/manual migration|--delete-data was not specified/i.test(text)) return 'manualMigration';
  if (/break/i.test(text) && /client/i.test(text) && /abort/i.test(text)) return 'breaksClients';
  return undefined;
}

/** What the plan of a migration says between its heading and the question or refusal after it; one line each. */
export function migrationReasons(output: string): string[] {
  const lines = stripAnsi(output)
    .split('\n')
    .map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith('Checking for breaking changes'));
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^Error:|\[y\/N\]|^Publishing|^Aborting|^Skipping confirmation/.test(line));
  return rest.slice(0, end < 0 ? rest.length : end).filter((line) => line !== '' && !line.endsWith(':'));
}

/** The first `Error:` of stderr with its causes, without the line that only repeats the HTTP status. */
export function errorText(stderr: string): string {
  const lines = stripAnsi(stderr)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('WARNING:') && !line.startsWith('Saving config to'));
  const start = lines.findIndex((line) => line.startsWith('Error:'));
  if (start < 0) return lines.at(-1) ?? '';
  const kept = lines.slice(start).filter((line) => line !== 'Caused by:' && !/^(\d+: )?HTTP status/.test(line));
  return kept.join(' ').replace(/^Error: /, '');
}

/** Nicknames of `server list` and their URLs. */
export function parseServerList(text: string): Map<string, string> {
  const servers = new Map<string, string>();
  for (const line of stripAnsi(text).split('\n')) {
    const match = /^\s*(?:\*+\s+)?(\S+)\s+(https?)\s+(\S+)\s*$/.exec(line);
    if (match?.[1] && match[2] && match[3]) servers.set(match[3], `${match[2]}://${match[1]}`);
  }
  return servers;
}
