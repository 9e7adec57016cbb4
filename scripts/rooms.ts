/**
 * The import rule of the rooms (ARCHITECTURE.md): a room imports downwards only. Prints each forbidden import as
 * `file:line imports X: the room A may not import B` and ends with 1 when there is one.
 */
import { glob, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import { Language, type Node, Parser } from 'web-tree-sitter';
import { root } from './paths.ts';

export interface Import {
  /** As written: `../schema/names.ts`, `node:fs`, `vscode`. */
  specifier: string;
  /** Counted from 1. */
  line: number;
}

interface Room {
  /** Rooms, or single files of rooms, that it may import. */
  imports: string[];
  /** What it may not import from outside: it runs where that does not exist. */
  without: ('node' | 'vscode')[];
}

const rooms: Record<string, Room> = {
  schema: { imports: [], without: ['node', 'vscode'] },
  standalone: { imports: ['schema'], without: ['vscode'] },
  'language-server': { imports: ['schema'], without: ['vscode'] },
  webviews: { imports: ['schema'], without: ['node', 'vscode'] },
  extension: { imports: ['schema', 'webviews/protocol.ts'], without: [] },
  syntaxes: { imports: [], without: ['vscode'] },
  test: {
    imports: ['schema', 'standalone', 'language-server', 'webviews', 'extension', 'syntaxes', 'scripts'],
    without: [],
  },
  scripts: { imports: ['test'], without: ['vscode'] },
};

/**
 * Why a file may not import what it imports; undefined when it may. Unit tests keep to the rooms, but run in Node.
 * `file` is relative to the repository, with forward slashes.
 */
export function forbidden(file: string, specifier: string): string | undefined {
  const name = file.split('/')[0] ?? '';
  const room = rooms[name];
  if (!room) return undefined;
  if (!specifier.startsWith('.')) return forbiddenOutside(name, room, file, specifier);
  const target = posix.join(posix.dirname(file), specifier);
  const targetName = target.split('/')[0] ?? '';
  if (targetName === name || room.imports.includes(targetName) || room.imports.includes(target)) return undefined;
  // Data at the top of the repository, such as package.json, belongs to no room.
  if (!(targetName in rooms) && !target.startsWith('..')) return undefined;
  return `the room ${name} may not import ${targetName === '..' ? 'what is outside the repository' : targetName}`;
}

function forbiddenOutside(name: string, room: Room, file: string, specifier: string): string | undefined {
  const kind = specifier === 'vscode' ? 'vscode' : isBuiltin(specifier) ? 'node' : undefined;
  if (!kind || !room.without.includes(kind)) return undefined;
  if (kind === 'node' && /\.test\.tsx?$/.test(file)) return undefined;
  // The panels' development page is served by Node, and is in no bundle.
  if (kind === 'node' && file.startsWith('webviews/dev/')) return undefined;
  return `the room ${name} may not import ${kind === 'node' ? 'Node modules' : 'vscode'}`;
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');
}

/** Finds the imports of TypeScript source: static, `export from`, dynamic, `require`, and `import('…')` types. */
export async function importReader(): Promise<(source: string, file: string) => Import[]> {
  await Parser.init();
  const grammars = join(root, 'node_modules', '@vscode', 'tree-sitter-wasm', 'wasm');
  const typescript = await Language.load(join(grammars, 'tree-sitter-typescript.wasm'));
  const tsx = await Language.load(join(grammars, 'tree-sitter-tsx.wasm'));
  const parser = new Parser();
  return (source, file) => {
    parser.setLanguage(file.endsWith('.tsx') ? tsx : typescript);
    const tree = parser.parse(source);
    if (!tree) throw new Error(`${file} could not be parsed.`);
    const found = tree.rootNode
      .descendantsOfType(['import_statement', 'export_statement', 'call_expression'])
      .flatMap((node) => (node ? importOf(node) : []));
    tree.delete();
    return found;
  };
}

function importOf(node: Node): Import[] {
  const text = node.type === 'call_expression' ? argumentOfImport(node) : node.childForFieldName('source');
  if (text?.type !== 'string') return [];
  return [{ specifier: text.text.slice(1, -1), line: text.startPosition.row + 1 }];
}

function argumentOfImport(call: Node): Node | null | undefined {
  const name = call.childForFieldName('function')?.text;
  if (name !== 'import' && name !== 'require') return undefined;
  return call.childForFieldName('arguments')?.namedChild(0);
}

/** Every forbidden import in a directory that holds rooms, as lines to print. */
export async function checkRooms(directory: string): Promise<string[]> {
  const readImports = await importReader();
  const problems: string[] = [];
  const pattern = `{${Object.keys(rooms).join(',')}}/**/*.{ts,tsx}`;
  const exclude = (path: string) => /(^|[/\\])(node_modules|fixtures|module_bindings)$/.test(path);
  for await (const found of glob(pattern, { cwd: directory, exclude })) {
    const file = relative(directory, join(directory, found)).split(sep).join('/');
    for (const { specifier, line } of readImports(await readFile(join(directory, file), 'utf8'), file)) {
      const why = forbidden(file, specifier);
      if (why) problems.push(`${file}:${line} imports ${specifier}: ${why}`);
    }
  }
  return problems.sort();
}

if (import.meta.main) {
  const problems = await checkRooms(root);
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
