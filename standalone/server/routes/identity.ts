/** `/v1/identity`: allocation and verification of identities. */
import { Hono } from 'hono';
import { authenticate } from '../authentication.ts';
import { parseIdentity } from '../identity.ts';
import { type Env, HttpProblem, json, type ServerContext } from '../server-context.ts';
import type { Credentials } from '../tokens.ts';

export function identityRoutes(context: ServerContext): Hono<Env> {
  const { tokens, control, keys } = context;

  async function requireCaller(header: string | undefined, queryToken: string | undefined): Promise<Credentials> {
    const who = await authenticate(tokens, header, queryToken);
    if (who.kind === 'refused') throw new HttpProblem(who.status, who.message);
    if (who.kind === 'anonymous') throw new HttpProblem(401, 'Authorization required');
    return who.credentials;
  }

  return new Hono<Env>()
    .post('/', async () => {
      const { identity, token } = await tokens.issueAnonymous();
      return json({ identity, token });
    })
    .get(
      '/public-key',
      () => new Response(keys.publicPem, { headers: { 'content-type': 'application/pem-certificate-chain' } }),
    )
    .post('/websocket-token', async (c) => {
      const caller = await requireCaller(c.req.header('authorization'), c.req.query('token'));
      return json({ token: await tokens.issueShortLived(caller) });
    })
    .get('/:identity/verify', async (c) => {
      const identity = readIdentity(c.req.param('identity'));
      const caller = await requireCaller(c.req.header('authorization'), c.req.query('token'));
      return new Response(null, { status: caller.identity === identity ? 204 : 400 });
    })
    .get('/:identity/databases', (c) => {
      const owner = readIdentity(c.req.param('identity'));
      const own = control.all().filter((record) => record.owner === owner);
      return json({ identities: own.map((record) => record.identity) });
    });
}

function readIdentity(text: string): string {
  const identity = parseIdentity(text);
  if (identity === undefined) throw new HttpProblem(400, `\`${text}\` is not an identity: 64 hex digits are`);
  return identity;
}
