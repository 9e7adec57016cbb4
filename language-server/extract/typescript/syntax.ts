/** Small questions to the syntax tree. */
import type { Range } from '../extraction.ts';
import type { Node } from './parser.ts';

export const rangeOf = (node: Node): Range => ({
  start: { line: node.startPosition.row, character: node.startPosition.column },
  end: { line: node.endPosition.row, character: node.endPosition.column },
});

/** Named children without comments. */
export const parts = (node: Node): Node[] => node.namedChildren.filter((child) => child.type !== 'comment');

export const field = (node: Node, name: string): Node | undefined => node.childForFieldName(name) ?? undefined;

const wrappers: ReadonlySet<string> = new Set([
  'parenthesized_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
]);

/** The expression inside parentheses, `as`, `satisfies` and `!`. */
export function unwrapped(node: Node): Node {
  let current = node;
  while (wrappers.has(current.type)) {
    const [inner] = parts(current);
    if (!inner) break;
    current = inner;
  }
  return current;
}

/** The value of a string literal without interpolation. */
export function stringValue(node: Node): string | undefined {
  if (node.type === 'template_string') {
    return parts(node).some((child) => child.type === 'template_substitution') ? undefined : literalText(node);
  }
  return node.type === 'string' ? literalText(node) : undefined;
}

function literalText(node: Node): string | undefined {
  const inner = node.text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  // Escapes in names are rare; those JSON knows are enough, others leave the text unknown.
  try {
    const parsed: unknown = JSON.parse(`"${inner.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`);
    return typeof parsed === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The name that a property key spells; undefined for a computed key. */
export function keyName(key: Node): string | undefined {
  if (key.type === 'string') return stringValue(key);
  const plain = key.type === 'property_identifier' || key.type === 'identifier' || key.type === 'number';
  return plain || key.type.startsWith('shorthand_property_identifier') ? key.text : undefined;
}
