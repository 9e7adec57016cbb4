/**
 * Takes a screenshot of every panel in every state that matters into `artifacts/webviews/`, and fails on any error that a
 * page reports (a violated content security policy is one): `node webviews/dev/screens.ts [part of a name]`.
 * Needs Chromium: $CHROME or /usr/bin/chromium.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { servePanels } from './serve.ts';

interface Shot {
  name: string;
  query: string;
  width: number;
  /** What a person does before the picture is taken. */
  act?: (page: Page) => Promise<void>;
}

type FakeHost = { fakeHost: { insert(): void; update(index: number): void } };

const insertAndUpdate = async (page: Page): Promise<void> => {
  await page.evaluate(() => {
    const { fakeHost } = window as unknown as FakeHost;
    fakeHost.update(1);
    fakeHost.insert();
  });
  await page.waitForTimeout(300);
};

const openRow = async (page: Page): Promise<void> => {
  await page.locator('#cell-4-5').click();
  await page.keyboard.press('Enter');
};

const fillRoom = async (page: Page): Promise<void> => {
  await page.locator('#argument-name').click();
  await page.keyboard.type('Lobby of the northern castle');
  await page.keyboard.press('Tab');
  await page.keyboard.type('70000');
  await page.waitForTimeout(400);
};

const callThree = async (page: Page): Promise<void> => {
  for (const text of ['hello there', '', 'down']) {
    await page.locator('#argument-text').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.type(text);
    await page.keyboard.press('Control+Enter');
    await page.waitForTimeout(200);
  }
};

const shots: Shot[] = [];
for (const theme of ['dark', 'light', 'contrast']) {
  for (const width of [1280, 700, 360]) {
    if (theme === 'contrast' && width !== 1280) continue;
    const add = (name: string, query: string, act?: Shot['act']): void => {
      shots.push({ name: `${name}-${theme}-${width}`, query: `${query}&theme=${theme}`, width, ...(act && { act }) });
    };
    add('table-full', 'panel=table&scenario=full', openRow);
    add('table-marks', 'panel=table&scenario=few', insertAndUpdate);
    add('table-disconnected', 'panel=table&scenario=disconnected');
    add('reducer-room', 'panel=reducer&scenario=full&reducer=create_room', fillRoom);
    add('reducer-calls', 'panel=reducer&scenario=full', callThree);
    add('reducer-disconnected', 'panel=reducer&scenario=disconnected&reducer=create_room');
    add('latency-full', 'panel=latency&scenario=full');
    add('latency-disconnected', 'panel=latency&scenario=disconnected');
    if (theme !== 'dark' || width === 700) continue;
    for (const scenario of ['empty', 'loading', 'failed', 'event', 'huge', 'reconnecting', 'hostile']) {
      add(`table-${scenario}`, `panel=table&scenario=${scenario}`);
    }
    add('table-huge-end', 'panel=table&scenario=huge', async (page) => {
      await page.locator('.grid').focus();
      await page.keyboard.press('Control+End');
      await page.waitForTimeout(300);
    });
    add('table-nothing-matches', 'panel=table&scenario=full', async (page) => {
      await page.keyboard.press('Control+F');
      await page.keyboard.type('zebra');
      await page.waitForTimeout(400);
    });
    add('table-sorted', 'panel=table&scenario=full', async (page) => {
      await page.locator('#cell--1-4').click();
      await page.locator('#cell--1-4').click();
      await page.keyboard.press('Control+F');
      await page.keyboard.type('build');
      await page.waitForTimeout(400);
    });
    add('reducer-picker', 'panel=reducer&scenario=full', async (page) => {
      await page.getByRole('combobox', { name: 'Reducer' }).click();
    });
    add('reducer-none', 'panel=reducer&scenario=full&reducer=reset_rooms');
    for (const scenario of ['empty', 'loading', 'failed']) {
      add(`latency-${scenario}`, `panel=latency&scenario=${scenario}`);
      if (scenario !== 'failed') add(`reducer-${scenario}`, `panel=reducer&scenario=${scenario}`);
    }
  }
}

/**
 * The toolkit tries out an empty style element to learn whether the browser knows `:focus-visible`. The policy refuses it,
 * and the toolkit goes on with `:focus`. The hash is that of the empty text, so nothing else is let through.
 */
function isToolkitProbe(message: string): boolean {
  return message.includes("'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
}

async function take(browser: Browser, url: string, shot: Shot, folder: string): Promise<string[]> {
  const complaints: string[] = [];
  const page = await browser.newPage({ viewport: { width: shot.width, height: 720 } });
  page.on('console', (message) => {
    if (message.type() === 'error' && !isToolkitProbe(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${url}/panel?${shot.query}`);
  await page.waitForTimeout(350);
  try {
    await shot.act?.(page);
  } catch (error) {
    complaints.push(String(error));
  }
  // Hiding the caret would need an inline style, which the policy forbids.
  await page.screenshot({ path: join(folder, `${shot.name}.png`), caret: 'initial' });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) complaints.push(`the page is ${overflow} px too wide`);
  await page.close();
  return complaints.map((complaint) => `${shot.name}: ${complaint}`);
}

const folder = join(import.meta.dirname, '..', '..', 'artifacts', 'webviews');
mkdirSync(folder, { recursive: true });
const wanted = process.argv[2] ?? '';
const { url, close } = await servePanels(0);
const browser = await chromium.launch({
  executablePath: process.env.CHROME ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const complaints: string[] = [];
const chosen = shots.filter((shot) => shot.name.includes(wanted));
for (const shot of chosen) complaints.push(...(await take(browser, url, shot, folder)));
await browser.close();
close();
for (const complaint of complaints) console.error(complaint);
console.log(`${chosen.length} screenshots, ${complaints.length} complaints`);
if (complaints.length > 0) process.exitCode = 1;
