import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Frame, Page } from 'playwright-core';
import { htmlOf } from '../../tasks/common/view/html';
import { serveHost, type Host, type HostOptions } from '../host/server';
import {
  FILES,
  fixture,
  MadeRun,
  manyFindings,
  PHASES,
  ROOT,
  SCREENSHOTS,
  startBrowser,
  stepOf,
  violations,
} from './support';

describe('Results tab in Chromium', function () {
  this.timeout(60_000);
  let browser: Browser;
  let host: Host | undefined;
  let page: Page | undefined;
  let complaints: string[];

  before(async () => {
    browser = await startBrowser();
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  after(() => browser.close());
  afterEach(async () => {
    await page?.close();
    await host?.close();
    page = host = undefined;
    assert.deepEqual(complaints, [], 'the page complained');
  });

  async function open(run: MadeRun, search = '', more: Partial<HostOptions> = {}): Promise<Frame> {
    host = await serveHost({ run, files: FILES, port: 0, ...more });
    const opened = await newPage();
    await opened.goto(`${host.address}${search}`);
    const frame = opened.frames().find((candidate) => candidate.parentFrame() !== null);
    assert(frame);
    return frame;
  }

  async function newPage(): Promise<Page> {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
    return page;
  }

  const wholeRun = (): MadeRun => new MadeRun(PHASES.map((name) => stepOf(fixture(name))));
  const text = (frame: Frame): Promise<string> => frame.locator('main').innerText();

  it('shows the way of the release and where its digests differ', async () => {
    const frame = await open(wholeRun());
    assert.match(
      await frame.locator('#tab-scan').innerText(),
      /Scan\s+failed · .*\s+✓ same 5 images as before/,
    );
    assert.match(await frame.locator('#tab-smoke').innerText(), /chain broken: 1 of 5 images/);
    assert.match(await text(frame), /The digest chain is broken: .* worker in smoke test/);
    await frame.locator('details.chain summary').click();
    const row = frame.locator('details.chain tbody tr', { hasText: 'worker' });
    assert.match(await row.innerText(), /9d9d9d9d9d9d[\s\S]*differs:[\s\S]*0b0b0b0b0b0b/);
    assert.equal(await page?.locator('body').getAttribute('data-loaded'), 'true');
  });

  it('shows hostile texts as texts', async () => {
    const frame = await open(wholeRun());
    await frame.locator('#tab-scan').click();
    await frame.getByRole('button', { name: 'CVE-2026-10001' }).click();
    const finding = frame.locator('#finding');
    assert.match(await finding.innerText(), /<img src=x onerror=alert\(1\)> hostile title <\/script>/);
    assert.equal(await finding.locator('a').count(), 0, 'a javascript: address is no link');
    assert.equal(await frame.locator('img').count(), 0);
    await frame.locator('#tab-smoke').click();
    assert.match(await text(frame), /<script>alert\(1\)<\/script>/);
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`has no accessibility violations in the ${theme} theme`, async () => {
      const frame = await open(wholeRun(), `?theme=${theme}`);
      for (const phase of PHASES) {
        await frame.locator(`#tab-${phase}`).click();
        await frame.locator('h2').waitFor();
        if (phase === 'scan') await frame.locator('.findings .body button').first().click();
        await frame.locator('main details').evaluateAll((all) => {
          for (const details of all) details.setAttribute('open', '');
        });
        assert.equal(await frame.locator('html').getAttribute('data-theme'), theme);
        assert.deepEqual(await violations(frame), [], phase);
        await page?.screenshot({ path: path.join(SCREENSHOTS, `${phase}-${theme}.png`) });
      }
    });
  }

  it('follows the theme of the host while it is open', async () => {
    const frame = await open(wholeRun());
    await frame.locator('#tab-build').waitFor();
    await page?.locator('#theme').selectOption('dark');
    await frame.locator('html[data-theme="dark"]').waitFor({ state: 'attached' });
  });

  it('is moved through with the arrow keys', async () => {
    const frame = await open(wholeRun());
    await frame.locator('#tab-build').click();
    await page?.keyboard.press('ArrowRight');
    assert.equal(await frame.locator('[role=tab][aria-selected=true]').getAttribute('id'), 'tab-scan');
    assert.equal(await frame.evaluate('document.activeElement.id'), 'tab-scan');
    await page?.keyboard.press('End');
    assert.equal(await frame.evaluate('document.activeElement.id'), 'tab-smoke');
  });

  it('searches 10,000 findings with a few rows in the document', async () => {
    const frame = await open(new MadeRun([stepOf(manyFindings(10_000))]));
    const rows = frame.locator('.findings .body [role=row]');
    const search = frame.getByRole('searchbox', { name: 'Search' });
    await rows.first().waitFor();
    assert.match(await frame.locator('.filters [role=status]').innerText(), /10000 of 10000/);
    for (const letter of 'package-99') {
      await search.press(letter);
      assert((await rows.count()) < 60, 'the rows out of sight are in the document');
    }
    assert.match(await frame.locator('.filters [role=status]').innerText(), /^111 of 10000/);
    await search.fill('');
    await frame.locator('.findings').evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await frame.getByRole('cell', { name: 'package-9999' }).waitFor();
    assert((await rows.count()) < 60);
    await frame.getByLabel('Severity').selectOption('HIGH');
    assert.match(await frame.locator('.filters [role=status]').innerText(), /^2500 of 10000/);
  });

  it('refreshes itself while the run goes on, and keeps what the reader does', async () => {
    const run = new MadeRun([stepOf(fixture('build')), stepOf(fixture('scan'))]);
    run.isRunning = true;
    run.steps.push({
      record: '6e1f3c1a-0000-5000-8000-000000000003',
      task: 'LangflowDeploy',
      name: 'Deploy',
      state: 'pending',
      documents: [],
    });
    const frame = await open(run);
    await frame.locator('#tab-scan').click();
    const search = frame.getByRole('searchbox', { name: 'Search' });
    await search.fill('zlib');
    await search.focus();
    assert.match(await frame.locator('#tab-deploy').innerText(), /waiting/);
    run.steps[2] = stepOf(fixture('deploy'));
    run.isRunning = false;
    await frame.locator('#tab-deploy.succeeded').waitFor({ timeout: 20_000 });
    assert.equal(await search.inputValue(), 'zlib');
    assert.equal(await frame.evaluate('document.activeElement.type'), 'search');
    assert.match(await frame.locator('.filters [role=status]').innerText(), /^2 of 8/);
  });

  it('tells apart the attempts of a step, and several steps of one task', async () => {
    const early = {
      ...fixture('early-failure'),
      task: 'LangflowDeploy' as const,
      started: '2026-11-25T08:00:00.000Z',
    };
    const other = {
      ...stepOf(fixture('deploy')),
      record: '6e1f3c1a-0000-5000-8000-0000000000bb',
      name: 'Deploy to staging',
    };
    const frame = await open(new MadeRun([stepOf(early, fixture('deploy-failed')), other]));
    const choice = frame.locator('label.choice select');
    await choice.waitFor();
    const titles = await choice.locator('option').allInnerTexts();
    assert.deepEqual(titles, [
      'Deploy – Production (failed, attempt 2 of 2)',
      'Deploy – Production (failed, attempt 1 of 2)',
      'Deploy to staging – Production (succeeded)',
    ]);
    assert.match(await text(frame), /Restored release 20261124\.2/);
    await choice.selectOption({ index: 2 });
    assert.doesNotMatch(await text(frame), /Restored release 20261124\.2/);
  });

  it('says plainly what it cannot show', async () => {
    const steps = [
      {
        record: '6e1f3c1a-0000-5000-8000-0000000000c1',
        task: 'LangflowBuild',
        name: 'Newer',
        documents: ['{"schemaVersion":2}'],
      },
      {
        record: '6e1f3c1a-0000-5000-8000-0000000000c2',
        task: 'LangflowScan',
        name: 'Cut',
        documents: ['{"schemaVersion":1,'],
      },
      {
        record: '6e1f3c1a-0000-5000-8000-0000000000c3',
        task: 'LangflowDeploy',
        name: 'Wrong',
        documents: ['{"schemaVersion":1}'],
      },
      {
        record: '6e1f3c1a-0000-5000-8000-0000000000c4',
        task: 'LangflowSmokeTest',
        name: 'Killed',
        documents: [],
      },
    ];
    const frame = await open(new MadeRun(steps));
    const expected = [
      /wrote version 2 .* reads version 1/,
      /is not JSON/,
      /does not follow the report's schema/,
      /has left no report/,
    ];
    for (const [index, phase] of PHASES.entries()) {
      await frame.locator(`#tab-${phase}`).click();
      assert.match(await frame.locator('#section').innerText(), expected[index] ?? /never/);
    }
  });

  it('waits when the server throttles it', async () => {
    let refused = 0;
    const intercept: HostOptions['intercept'] = (request, response) => {
      if (request.method !== 'GET' || !request.url?.includes('/timeline') || refused === 2) return false;
      refused++;
      response.writeHead(429, { 'retry-after': '1', 'access-control-allow-origin': '*' }).end();
      return true;
    };
    const frame = await open(wholeRun(), '', { intercept });
    await frame.locator('#tab-build').waitFor();
    assert.equal(refused, 2);
  });

  it('says so when the run cannot be read', async () => {
    const intercept: HostOptions['intercept'] = (request, response) => {
      if (request.method !== 'GET' || !request.url?.includes('/timeline')) return false;
      response.writeHead(403, { 'access-control-allow-origin': '*' }).end();
      return true;
    };
    const frame = await open(wholeRun(), '', { intercept });
    assert.match(await frame.getByRole('alert').innerText(), /cannot be read.*answered 403/);
  });

  it('runs in a frame without an origin, as on an Azure DevOps Server', async () => {
    const frame = await open(wholeRun(), '?sandbox');
    await frame.locator('#tab-smoke').waitFor();
  });

  it('may talk to nobody but the collection', async () => {
    const frame = await open(wholeRun());
    await frame.locator('#tab-smoke').waitFor();
    const outcome = await frame.evaluate(
      "fetch('http://localhost:9/').then(() => 'answered', () => 'refused')",
    );
    assert.equal(outcome, 'refused');
    const refusals = complaints.splice(0).join('\n');
    assert.match(
      refusals,
      /violates the following Content Security Policy directive: "connect-src http:\/\/127\.0\.0\.1/,
    );
  });

  it('is the same page as one file, which asks nobody', async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'langflow-view-')), 'release.html');
    writeFileSync(
      file,
      htmlOf(readFileSync(path.join(ROOT, 'dist/tab/release-view.html'), 'utf8'), PHASES.map(fixture)),
    );
    const opened = await newPage();
    const requests: string[] = [];
    opened.on('request', (request) => requests.push(request.url()));
    await opened.goto(pathToFileURL(file).href);
    const frame = opened.mainFrame();
    assert.match(await frame.locator('#tab-smoke').innerText(), /chain broken: 1 of 5 images/);
    await frame.locator('#tab-scan').click();
    await frame.getByRole('button', { name: 'CVE-2026-10001' }).click();
    assert.match(await frame.locator('#finding').innerText(), /<img src=x onerror/);
    assert.deepEqual(await violations(frame), []);
    assert.deepEqual(requests, [pathToFileURL(file).href]);
  });
});
