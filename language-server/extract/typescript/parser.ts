/** The TypeScript grammar, loaded once, and incremental parsing. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type Tree } from 'web-tree-sitter';

export { Edit, type Node, type Tree } from 'web-tree-sitter';

const runtimeWasm = 'web-tree-sitter.wasm';
const grammarWasm = 'tree-sitter-typescript.wasm';

/** Bundled, the grammars lie beside the program; run from source, they are in their packages. */
function wasmPaths(): { runtime: string; grammar: string } {
  const beside = (file: string): string => fileURLToPath(new URL(`./tree-sitter/${file}`, import.meta.url));
  if (existsSync(beside(grammarWasm))) return { runtime: beside(runtimeWasm), grammar: beside(grammarWasm) };
  const require = createRequire(import.meta.url);
  return {
    runtime: require.resolve(`web-tree-sitter/${runtimeWasm}`),
    grammar: require.resolve(`@vscode/tree-sitter-wasm/wasm/${grammarWasm}`),
  };
}

/** Text to tree. `previous` must have been told of the edits (`Tree.edit`) for a fast and correct answer. */
export type ParseText = (text: string, previous?: Tree) => Tree;

let loading: Promise<ParseText> | undefined;

/** Loads the grammar; throws when its files are missing. */
export function loadParser(): Promise<ParseText> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ParseText> {
  const { runtime, grammar } = wasmPaths();
  await Parser.init({ locateFile: () => runtime });
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  return (text, previous) => {
    const tree = parser.parse(text, previous);
    if (!tree) throw new Error('the parser has lost its language');
    return tree;
  };
}
