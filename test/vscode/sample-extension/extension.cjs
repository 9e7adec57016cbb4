const vscode = require('vscode');

const panelHtml = (name) => `<!DOCTYPE html><html><body>
  <button id="${name}">Send from ${name}</button><p id="answer"></p>
  <script>
    const vscode = acquireVsCodeApi();
    document.querySelector('button').onclick = () => vscode.postMessage('${name}');
    addEventListener('message', (event) => { document.querySelector('#answer').textContent = event.data; });
  </script></body></html>`;

function openPanel(name, status) {
  const column = name === 'first' ? vscode.ViewColumn.One : vscode.ViewColumn.Two;
  const panel = vscode.window.createWebviewPanel('sample', name, column, { enableScripts: true });
  panel.webview.html = panelHtml(name);
  panel.webview.onDidReceiveMessage((message) => {
    status.text = `sample heard ${message}`;
    panel.webview.postMessage(`answer to ${message}`);
  });
}

exports.activate = (context) => {
  const status = vscode.window.createStatusBarItem();
  status.text = 'sample is active';
  status.show();
  const diagnostics = vscode.languages.createDiagnosticCollection('sample');
  const check = (document) => {
    if (document.uri.scheme !== 'file') return;
    const at = document.getText().indexOf('unfinished');
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + 'unfinished'.length));
    diagnostics.set(document.uri, at < 0 ? [] : [new vscode.Diagnostic(range, 'This is not finished.')]);
  };
  const things = {
    getChildren: () => ['alpha', 'beta'],
    getTreeItem: (name) => new vscode.TreeItem(`${name} thing`),
  };
  context.subscriptions.push(
    status,
    diagnostics,
    vscode.workspace.onDidOpenTextDocument(check),
    vscode.workspace.onDidChangeTextDocument((event) => check(event.document)),
    vscode.window.registerTreeDataProvider('sample.things', things),
    vscode.commands.registerCommand('sample.greet', async () => {
      const choice = await vscode.window.showQuickPick(['morning', 'evening']);
      const name = await vscode.window.showInputBox({ prompt: 'Name' });
      vscode.window.showInformationMessage(`Good ${choice}, ${name}`);
    }),
    vscode.commands.registerCommand('sample.openPanels', () => {
      openPanel('first', status);
      openPanel('second', status);
    }),
  );
};
