import { type AlgebraicType, specialKind, type Typespace } from '../algebraic-type.ts';
import { formatType } from '../type-text.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const viewReturnType: ModuleRule = {
  id: 'view-return-type',
  severity: 'error',
  check({ raw, module }, report) {
    raw.views.forEach((view, i) => {
      if (isRows(view.returnType, raw.typespace) !== false) return;
      report({
        at: ['views', i, 'returns'],
        message: `View ${quoted(view.sourceName)} returns ${formatType(view.returnType, raw.typespace, module.types)}, but a view gives rows: an array or an option of a row type. Use t.array(...) or t.option(...) of a table's rowType or of t.row(...).`,
      });
    });
  },
};

/** Whether a return type is an array, option or query of a named product; undefined when that is not known. */
function isRows(type: AlgebraicType, typespace: Typespace): boolean | undefined {
  const row = rowOf(type);
  if (row === undefined) return knownType(type, typespace) ? false : undefined;
  const known = knownType(row, typespace);
  if (!known) return row.tag === 'Ref' ? undefined : false;
  return row.tag === 'Ref' && known.tag === 'Product';
}

function rowOf(type: AlgebraicType): AlgebraicType | undefined {
  if (type.tag === 'Array') return type.element;
  if (type.tag === 'Sum' && specialKind(type) === 'Option') return type.variants[0]?.type;
  const [only] = type.tag === 'Product' && type.elements.length === 1 ? type.elements : [];
  return only?.name === '__query__' ? only.type : undefined;
}
