import type { Path } from '../raw-module-def.ts';
import { type ModuleRule, quoted, type RuleInput } from './input.ts';

export const typeNameDuplicate: ModuleRule = {
  id: 'type-name-duplicate',
  severity: 'error',
  check(input, report) {
    const seen = new Map<string, number>();
    input.raw.types.forEach((type, i) => {
      const name = [...type.scope, type.sourceName].map(input.naming.pascal).join('.');
      const first = seen.get(name);
      if (first === undefined) {
        seen.set(name, i);
        return;
      }
      if (ownersClash(input, first, i)) return;
      report({
        at: place(input, i),
        message: `Two types of this module are called ${quoted(name)}: ${origin(input, first)} and ${origin(input, i)}. Rename one, or use the same type object in both places.`,
        related: [{ at: place(input, first), message: `${origin(input, first)} has the name already` }],
      });
    });
  },
};

const ownerOf = ({ raw, typeOwners }: RuleInput, i: number): Path | undefined =>
  typeOwners.get(raw.types[i]?.ref ?? -1);
const place = (input: RuleInput, i: number): Path => {
  const owner = ownerOf(input, i);
  return owner ? [...owner, 'name'] : ['types', i];
};

function origin(input: RuleInput, i: number): string {
  const [list, position] = ownerOf(input, i) ?? [];
  if (list === 'tables') return `the row of table ${quoted(input.tables[Number(position)]?.accessor ?? '')}`;
  const fn = input.functions.find(({ at }) => at[0] === list && at[1] === position);
  if (fn) return `the parameters of ${fn.kind} ${quoted(fn.sourceName)}`;
  return `the type ${quoted(input.raw.types[i]?.sourceName ?? '')}`;
}

/** Two declarations whose own names clash: another rule has said so. */
function ownersClash(input: RuleInput, a: number, b: number): boolean {
  const [first, second] = [ownerOf(input, a), ownerOf(input, b)];
  const name = (owner: Path | undefined): string | undefined => {
    if (owner?.[0] === 'tables') return `table ${input.tables[Number(owner[1])]?.name}`;
    const fn = owner && input.functions.find(({ at }) => at[0] === owner[0] && at[1] === owner[1]);
    // Views are named among the tables as well.
    return fn && `${fn.kind === 'view' ? 'table' : 'function'} ${fn.name}`;
  };
  return name(first) !== undefined && name(first) === name(second);
}
