/** The HTTP API: routes, credentials, limits, CORS and errors. Source: reference "protocol" 1. */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { authenticate } from './authentication.ts';
import { messageOf } from './node-error.ts';
import { databaseRoutes } from './routes/database.ts';
import { databaseUseRoutes } from './routes/database-use.ts';
import { identityRoutes } from './routes/identity.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { nameRoutes } from './routes/names.ts';
import { isPreflight, isUserRoute, userRoute } from './routes/user-routes.ts';
import { type Env, HttpProblem, json, plainText, type ServerContext } from './server-context.ts';
import { SERVER_VERSION } from './version.ts';
import { DatabaseUnavailable } from './worker-thread.ts';

export function createHttpApp(context: ServerContext): Hono<Env> {
  const app = new Hono<Env>();
  const allowBrowsers = cors({
    origin: '*',
    allowMethods: ['*'],
    allowHeaders: ['authorization', 'accept', 'content-type'],
  });
  app.use('/v1/*', (c, next) =>
    c.req.method === 'OPTIONS' && isUserRoute(c.req.path) && !isPreflight(c) ? next() : allowBrowsers(c, next),
  );
  app.use('/v1/database', identifyCaller(context));
  app.use('/v1/database/*', identifyCaller(context));

  app.get('/v1/ping', async (c) => {
    const who = await authenticate(context.tokens, c.req.header('authorization'), c.req.query('token'));
    if (who.kind === 'refused') throw new HttpProblem(who.status, who.message);
    return c.body(null, 200, { 'content-length': '0' });
  });
  app.get('/v1/health', () =>
    json({ name: 'spacetimedb-workbench', version: SERVER_VERSION, nodes: [0], schedulable: true }),
  );
  app.route('/v1/metrics', metricsRoutes(context));
  app.route('/v1/identity', identityRoutes(context));
  app.all('/v1/database/:n/route', userRoute(context));
  app.all('/v1/database/:n/route/*', userRoute(context));
  app.route('/v1/database', databaseRoutes(context));
  app.route('/v1/database', nameRoutes(context));
  app.route('/v1/database', databaseUseRoutes(context));
  app.notFound((c) => plainText(c, `No route answers ${c.req.method} ${c.req.path}`, 404));
  app.onError((error, c) => answerError(context, error, c));
  return app;
}

/** Whoever sends no token gets a fresh identity. Both are told to the caller, whatever the outcome. */
function identifyCaller(context: ServerContext): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isUserRoute(c.req.path)) return next();
    const who = await authenticate(context.tokens, c.req.header('authorization'), c.req.query('token'));
    if (who.kind === 'refused') throw new HttpProblem(who.status, who.message);
    const caller = who.kind === 'known' ? who.credentials : await context.tokens.issueAnonymous();
    c.set('caller', caller);
    await next();
    c.header('spacetime-identity', caller.identity);
    c.header('spacetime-identity-token', caller.token);
  };
}

function answerError(context: ServerContext, error: Error, c: Context): Response {
  if (error instanceof HttpProblem) {
    return error.json === undefined ? plainText(c, error.message, error.status) : json(error.json, error.status);
  }
  if (error instanceof DatabaseUnavailable) return plainText(c, error.message, error.status);
  context.logger.error(`${c.req.method} ${c.req.path} failed: ${error.stack ?? messageOf(error)}`);
  return plainText(c, 'The server failed to answer; its log says why.', 500);
}
