import { type ModuleRule, quoted } from './input.ts';

const limit = 256;

export const enumTooManyVariants: ModuleRule = {
  id: 'enum-too-many-variants',
  severity: 'error',
  acceptedByHost: true,
  check({ raw }, report) {
    raw.types.forEach(({ ref, sourceName }, i) => {
      const type = raw.typespace[ref];
      if (type?.tag !== 'Sum' || type.variants.length <= limit) return;
      report({
        at: ['types', i, 'members', limit],
        message: `Enum ${quoted(sourceName)} has ${type.variants.length} variants, but the tag of a value is one byte, so only ${limit} can be told apart. Split the enum.`,
      });
    });
  },
};
