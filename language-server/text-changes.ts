/** Changes of a document in the protocol → edits of its syntax tree. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Edit } from './extract/typescript/parser.ts';

type Change = Parameters<typeof TextDocument.update>[1][number];

/** Applies the changes to the document, in order; gives the tree edits, or undefined when the whole text was replaced. */
export function applyChanges(document: TextDocument, changes: readonly Change[], version: number): Edit[] | undefined {
  const edits: Edit[] = [];
  let whole = false;
  for (const change of changes) {
    const range = 'range' in change ? change.range : undefined;
    const startIndex = range ? document.offsetAt(range.start) : 0;
    const oldEndIndex = range ? document.offsetAt(range.end) : 0;
    const start = document.positionAt(startIndex);
    const oldEnd = document.positionAt(oldEndIndex);
    TextDocument.update(document, [change], version);
    if (!range) {
      whole = true;
      continue;
    }
    const newEndIndex = startIndex + change.text.length;
    const newEnd = document.positionAt(newEndIndex);
    edits.push(
      new Edit({
        startIndex,
        oldEndIndex,
        newEndIndex,
        startPosition: point(start),
        oldEndPosition: point(oldEnd),
        newEndPosition: point(newEnd),
      }),
    );
  }
  return whole ? undefined : edits;
}

const point = ({ line, character }: { line: number; character: number }): { row: number; column: number } => ({
  row: line,
  column: character,
});
