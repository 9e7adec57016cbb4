import { expect, test } from 'vitest';
import { rules } from '../../schema/rules/index.ts';
import { runSpec } from '../testing/caret-spec.ts';
import { onlyFromDefinitions, ruleSpecs } from './rule-specs.ts';

test.each(ruleSpecs)('%s %s', (rule, kind, text) => {
  const { expected, found } = runSpec(text);
  expect(found).toEqual(expected);
  expect(found.some((finding) => finding.rule === rule)).toBe(kind === 'fires');
});

test('every rule has at least two firing specs and a silent one', () => {
  const count = (rule: string, kind: 'fires' | 'silent'): number =>
    ruleSpecs.filter(([name, of]) => name === rule && of === kind).length;
  const missing = rules.filter(
    ({ id }) => !onlyFromDefinitions.has(id) && (count(id, 'fires') < 2 || count(id, 'silent') < 1),
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
});
