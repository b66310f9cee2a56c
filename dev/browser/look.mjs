// Looks at pages as people do; see run.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import puppeteer from 'puppeteer-core';

const [chromium, directory] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const views = [
  { name: 'wide', width: 1280, height: 900, scheme: 'light' },
  { name: 'dark', width: 1280, height: 900, scheme: 'dark' },
  { name: 'phone', width: 360, height: 740, scheme: 'light' },
];
const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
let passed = 0;
const failures = [];
function check(holds, what) {
  if (holds) {
    passed++;
  } else {
    failures.push(what);
  }
}
for (const file of readdirSync(directory).filter((name) => name.endsWith('.html'))) {
  for (const view of views) {
    const label = `${file}, ${view.name}`;
    const page = await browser.newPage();
    await page.setViewport(view);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: view.scheme }]);
    const asked = [];
    const said = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('dialog', (dialog) => { said.push('dialog ' + dialog.message()); dialog.dismiss(); });
    await page.goto('file://' + resolve(directory, file));
    check(asked.length === 1, `${label}: asked for ${asked.slice(1)}`);
    check(said.length === 0, `${label}: ${said}`);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(tooWide <= 0, `${label}: ${tooWide} pixels too wide`);
    const text = await page.evaluate(() => document.body.innerText);
    check(text.includes('Backups of Cassandra'), `${label}: no heading`);
    const first = await page.evaluate(() => document.querySelector('main > *').className);
    check(first.startsWith('verdict'), `${label}: the verdict is not the first`);
    const image = `${directory}/${file.replace('.html', '')}-${view.name}.png`;
    await page.screenshot({ path: image, fullPage: true });
    check(readFileSync(image).length > 5000, `${label}: the screenshot is empty`);
    // the page's own policy forbids scripts, so the checker comes by the debugger's way
    const session = await page.createCDPSession();
    await session.send('Runtime.evaluate', { expression: axe });
    const answer = await session.send('Runtime.evaluate', {
      expression: 'axe.run(document).then(result => JSON.stringify(result.violations.map(found =>'
        + ' found.id + " at " + found.nodes.map(node => node.target).join(" "))))',
      awaitPromise: true,
      returnByValue: true,
    });
    const violations = JSON.parse(answer.result.value);
    check(violations.length === 0, `${label}: ${violations.join('; ')}`);
    await page.close();
  }
}
await browser.close();
failures.forEach((failure) => console.error('failed: ' + failure));
console.log(`browser: ${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
