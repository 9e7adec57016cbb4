/**
 * Two habits of the real tool's argument parser that the library here does not share: an option with an optional value
 * takes it only with `=`, and what looks like a negative number after a function's name is an argument.
 */
const attachedOnly: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  publish: {
    '-y': '--yes=all',
    '--yes': '--yes=all',
    '-c': '--delete-data=always',
    '--delete-data': '--delete-data=always',
    '--clear-database': '--delete-data=always',
  },
};

const globalsWithValue = new Set(['--root-dir', '--config-path']);

/** Position of the command's name in `args`; -1 when there is none. */
export function commandPosition(args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (globalsWithValue.has(arg)) i++;
    else if (!arg.startsWith('-')) return i;
  }
  return -1;
}

/** `args` in a form that the library reads as the real tool would; options of the program itself come first. */
export function normalizeArguments(args: readonly string[]): string[] {
  const { globals, rest } = splitGlobals(args);
  const rewrite = attachedOnly[rest[0] ?? ''];
  if (!rewrite) return [...globals, ...rest];
  const end = rest.indexOf('--');
  const rewritten = rest.map((arg, i) => {
    if (i === 0 || (end >= 0 && i > end)) return arg;
    const [flag = '', ...value] = arg.split('=');
    const long = rewrite[flag];
    if (!long) return arg;
    return value.length === 0 ? long : `${long.split('=')[0]}=${value.join('=')}`;
  });
  return [...globals, ...rewritten];
}

function splitGlobals(args: readonly string[]): { globals: string[]; rest: string[] } {
  const globals: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') return { globals, rest: [...rest, ...args.slice(i)] };
    if (globalsWithValue.has(arg)) globals.push(arg, ...args.slice(++i, i + 1));
    else (globalsWithValue.has(arg.split('=')[0] ?? '') ? globals : rest).push(arg);
  }
  return { globals, rest };
}
