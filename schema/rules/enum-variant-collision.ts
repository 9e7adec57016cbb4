import { duplicates, type ModuleRule, quoted } from './input.ts';

export const enumVariantCollision: ModuleRule = {
  id: 'enum-variant-collision',
  severity: 'warning',
  acceptedByHost: true,
  check({ raw, naming }, report) {
    raw.types.forEach(({ ref, sourceName }, i) => {
      const type = raw.typespace[ref];
      if (type?.tag !== 'Sum') return;
      const variants = type.variants.map((variant, position) => ({ name: variant.name ?? `${position}`, position }));
      for (const { first, later } of duplicates(variants, (variant) => naming.camel(variant.name))) {
        report({
          at: ['types', i, 'members', later.position],
          message: `Variants ${quoted(first.name)} and ${quoted(later.name)} of enum ${quoted(sourceName)} get the same name ${quoted(naming.camel(later.name))} in the database. Rename one.`,
          related: [{ at: ['types', i, 'members', first.position], message: 'the other variant' }],
        });
      }
    });
  },
};
