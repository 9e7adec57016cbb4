/** The page of the SpacetimeDB documentation that explains what a rule is about. */

const site = 'https://spacetimedb.com/docs';
/** Only pages that exist in the 2.x documentation; what has none of its own leads to the start. */
const pages: readonly (readonly [prefix: string, page: string])[] = [
  ['schedule-', '/tables/schedule-tables'],
  ['index-', '/tables/indexes'],
  ['unique-', '/tables/constraints'],
  ['pk-', '/tables/constraints'],
  ['auto-inc-', '/tables/constraints'],
  ['lifecycle-', '/functions/reducers/lifecycle'],
  ['function-', '/functions/reducers'],
  ['view-', '/functions'],
  ['unexported-', '/functions'],
];

export function documentationOf(rule: string): string {
  const page = pages.find(([prefix]) => rule.startsWith(prefix))?.[1];
  return `${site}${page ?? ''}`;
}
