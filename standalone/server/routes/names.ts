/** `/v1/database/:n/names`. Source: reference "protocol" 1.6. */
import { Hono } from 'hono';
import { databaseNameProblem } from '../identity.ts';
import { readText } from '../request-body.ts';
import { type Env, findDatabase, HttpProblem, json, type ServerContext } from '../server-context.ts';

export function nameRoutes({ control }: ServerContext): Hono<Env> {
  return new Hono<Env>()
    .get('/:n/names', (c) => json({ names: findDatabase(control, c.req.param('n')).names }))
    .post('/:n/names', async (c) => {
      const record = findDatabase(control, c.req.param('n'));
      const name = (await readText(c)).trim();
      requireName(name);
      if (record.owner !== c.get('caller').identity) {
        throw new HttpProblem(401, 'permission denied', { PermissionDenied: { domain: name } });
      }
      if (control.byName(name)) {
        throw new HttpProblem(500, 'name taken', { OtherError: `The name ${name} already exists.` });
      }
      await control.update(record.identity, { names: [...record.names, name] });
      return json({ Success: { domain: name, database_identity: record.identity } });
    })
    .put('/:n/names', async (c) => {
      const target = c.req.param('n');
      const names = readNames(await readText(c));
      let record: ReturnType<typeof findDatabase>;
      try {
        record = findDatabase(control, target);
      } catch {
        // Only "not found" is thrown there, and this route has a body of its own for it.
        throw new HttpProblem(404, 'not found', 'DatabaseNotFound');
      }
      if (record.owner !== c.get('caller').identity) {
        throw new HttpProblem(401, 'not yours', { NotYourDatabase: { database: record.identity } });
      }
      for (const name of names) {
        requireName(name);
        const holder = control.byName(name);
        if (holder && holder.identity !== record.identity) {
          const text = `Cannot rename to ${name} because it already is in use.`;
          throw new HttpProblem(400, text, { OtherError: text });
        }
      }
      await control.update(record.identity, { names: Array.from(new Set(names)) });
      return json('Success');
    });
}

function requireName(name: string): void {
  const problem = databaseNameProblem(name);
  if (problem) throw new HttpProblem(400, problem);
}

function readNames(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, as everything that is not a list of names.
  }
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new HttpProblem(400, 'The body must be a JSON array of names, as ["chat", "my-chat"]');
}
