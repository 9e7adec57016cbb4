/**
 * Serves the panels on loopback with a fake extension behind them, under the same content security policy as in VS Code:
 * `node webviews/dev/serve.ts [port]`, then open the address it prints.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

const panels = ['table', 'reducer', 'latency'] as const;
const themes = ['dark', 'light', 'contrast'];
const scenarios = [
  'full',
  'few',
  'empty',
  'loading',
  'failed',
  'event',
  'huge',
  'hostile',
  'disconnected',
  'reconnecting',
  'live',
];

/** Bundles the panels and the fake extension in memory: file name → content. */
async function bundle(): Promise<Map<string, Uint8Array>> {
  const room = join(import.meta.dirname, '..');
  const entryPoints = Object.fromEntries(panels.map((panel) => [panel, join(room, panel, 'main.tsx')]));
  const result = await build({
    entryPoints: { ...entryPoints, host: join(import.meta.dirname, 'host.ts') },
    bundle: true,
    write: false,
    outdir: '/',
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  return new Map(result.outputFiles.map((file) => [file.path.replace(/^.*[\\/]/, ''), file.contents]));
}

function panelPage(panel: string, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>${panel}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/${panel}.css">
</head>
<body data-state='{"database":"chat"}'>
  <div id="root"></div>
  <script nonce="${nonce}" src="/host.js"></script>
  <script nonce="${nonce}" src="/${panel}.js"></script>
</body>
</html>`;
}

function indexPage(): string {
  const links = panels.flatMap((panel) =>
    scenarios.flatMap((scenario) =>
      themes.map((theme) => `/panel?panel=${panel}&amp;scenario=${scenario}&amp;theme=${theme}`),
    ),
  );
  return `<!DOCTYPE html><title>Panels</title><ul>${links.map((link) => `<li><a href="${link}">${link}</a>`).join('')}</ul>`;
}

/** Starts the server; port 0 takes a free one. */
export async function servePanels(port: number): Promise<{ url: string; close: () => void }> {
  const files = await bundle();
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const panel = panels.find((name) => name === url.searchParams.get('panel'));
    if (url.pathname === '/panel' && panel !== undefined) {
      const nonce = randomBytes(16).toString('base64');
      const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; font-src 'self'; img-src 'self' data:`;
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy });
      response.end(panelPage(panel, nonce));
      return;
    }
    const file = files.get(url.pathname.slice(1));
    if (file !== undefined) {
      response.writeHead(200, { 'content-type': url.pathname.endsWith('.css') ? 'text/css' : 'text/javascript' });
      response.end(file);
      return;
    }
    response.writeHead(url.pathname === '/' ? 200 : 404, { 'content-type': 'text/html' });
    response.end(url.pathname === '/' ? indexPage() : 'Not found');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: actual } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${actual}`, close: () => server.close() };
}

if (import.meta.main) {
  const { url } = await servePanels(Number(process.argv[2] ?? 0));
  console.log(`Panels: ${url}`);
}
