/** The page around a panel's bundle. Everything that is not ours is forbidden. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PanelName } from '../contributions.ts';

export function panelHtml(webview: vscode.Webview, extensionUri: vscode.Uri, panel: PanelName, state: unknown): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webviews', name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${file(`${panel}.css`)}">
</head>
<body data-state="${escapeAttribute(JSON.stringify(state))}">
  <div id="root"></div>
  <script nonce="${nonce}" src="${file(`${panel}.js`)}"></script>
</body>
</html>`;
}

/** Names of tables and databases are not ours. */
const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
