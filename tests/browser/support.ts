import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Frame } from 'playwright-core';
import type { ReleaseView } from '../../tasks/common/view/view.generated';
import { serveHost } from '../host/server';
import { runOfFolder, type HostedRun } from '../host/source';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const FILES = {
  tab: path.join(ROOT, 'dist/tab/index.html'),
  host: path.join(ROOT, 'dist/cli/host.html'),
};
export const PHASES = ['build', 'scan', 'deploy', 'smoke'] as const;
/** Where the tests leave what they saw. */
export const SCREENSHOTS = path.join(ROOT, 'dist/screenshots');

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const TYPE = 'langflow-release-view';

export function fixture(name: string): ReleaseView {
  return JSON.parse(readFileSync(path.join(ROOT, `tests/fixtures/view/${name}.json`), 'utf8')) as ReleaseView;
}

/** Debian's Chromium, which asks nobody but the page that it opens. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-component-update'],
      ...[
        '--disable-background-networking',
        '--disable-sync',
        '--no-first-run',
        '--no-default-browser-check',
      ],
    ],
  });
}

/** A step of a made-up run. */
export interface MadeStep {
  record: string;
  task: string;
  name: string;
  state?: 'pending' | 'inProgress' | 'completed';
  result?: string;
  /** Attached texts. */
  documents: string[];
}

/** A run that a test makes and may change while the page follows it. */
export class MadeRun implements HostedRun {
  readonly title = 'Run 20261125.3';
  isRunning = false;

  constructor(readonly steps: MadeStep[]) {}

  status(this: MadeRun) {
    return this.isRunning ? ('inProgress' as const) : ('completed' as const);
  }

  timeline(this: MadeRun) {
    const id = 'c0ffee00-0000-4000-8000-000000000000';
    const records = this.steps.map(
      ({ record, task, name, state = 'completed', result = 'succeeded' }, index) => ({
        ...{ id: record, parentId: JOB, type: 'Task', name, order: index + 1, state, result },
        ...{
          startTime: '2026-11-25T09:00:00Z',
          finishTime: state === 'completed' ? '2026-11-25T09:01:21Z' : null,
        },
        task: { id: record, name: task, version: '1.0.0' },
      }),
    );
    return {
      id,
      records: [
        {
          id: JOB,
          parentId: null,
          type: 'Job',
          name: 'Production',
          order: 1,
          state: 'completed',
          task: null,
        },
        ...records,
      ],
    };
  }

  attachments(this: MadeRun, type: string) {
    if (type !== TYPE) return [];
    return this.steps.flatMap(({ record, documents }) =>
      documents.map((content, index) => ({
        recordId: record,
        name: `view-${index}.json`,
        content: () => content,
      })),
    );
  }
}

const JOB = '6e1f3c1a-0000-5000-8000-0000000000aa';

/** A step with the documents of fixtures; its result is that of the last one. */
export function stepOf(...views: ReleaseView[]): MadeStep {
  const latest = views.at(-1);
  if (!latest) throw new Error('A step needs a document.');
  return {
    record: latest.run.record ?? crypto.randomUUID(),
    task: latest.task,
    name: latest.displayName,
    result: latest.result,
    documents: views.map((view) => JSON.stringify(view)),
  };
}

/** The sample scan with many more findings. */
export function manyFindings(count: number): ReleaseView {
  const view = fixture('scan');
  const { scan } = view;
  if (!scan) throw new Error('The sample has no scan.');
  scan.findings = Array.from({ length: count }, (_, index) => ({
    target: index % 5,
    rule: index % scan.rules.length,
    severity: (['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const)[index % 4] ?? 'LOW',
    state: 'tolerated' as const,
    package: `package-${index}`,
    installed: '1.0.0',
    fixed: '1.0.1',
  }));
  return view;
}

/** What axe finds, a line each. */
export async function violations(frame: Frame): Promise<string[]> {
  await frame.evaluate(AXE);
  const result = await frame.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  }>('axe.run(document)');
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

/** Opens the tab of a real run that succeeded: each phase is there, whole and accessible, in light and dark. */
export async function showsRelease(folder: string): Promise<void> {
  const host = await serveHost({ run: runOfFolder(folder), files: FILES, port: 0 });
  const browser = await startBrowser();
  mkdirSync(SCREENSHOTS, { recursive: true });
  try {
    for (const theme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      await page.goto(`${host.address}?theme=${theme}`);
      // Only the tab, as the overview of the extension shows it.
      await page.addStyleTag({ content: 'header { display: none !important; }' });
      const frame = page.frames().find((candidate) => candidate.parentFrame() !== null);
      assert(frame);
      for (const phase of PHASES) {
        const tab = frame.locator(`#tab-${phase}`);
        await tab.click();
        const text = await tab.innerText();
        assert.match(text, /succeeded · /);
        if (phase !== 'build') assert.match(text, /same 5 images as before/);
        await frame.locator('dl.tiles').first().waitFor();
        assert.deepEqual(await violations(frame), [], `${phase}, ${theme}`);
        await page.screenshot({ path: path.join(SCREENSHOTS, `run-${phase}-${theme}.png`) });
      }
      await page.close();
    }
  } finally {
    await browser.close();
    await host.close();
  }
}
