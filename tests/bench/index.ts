import '../unit/support/setup';
import { benchBuild } from './build';
import { benchDeploy } from './deploy';
import { benchFindings } from './findings';
import { benchGraph } from './graph';
import { benchLoad } from './load';
import { benchScan } from './scan';
import { benchSmoke } from './smoke';

/** `npm run bench <name>`: what a task costs beside a named peer, in one run on this machine (scripts/local-up must run). */
const BENCHES: Record<string, () => Promise<void>> = {
  build: benchBuild,
  deploy: benchDeploy,
  graph: benchGraph,
  load: benchLoad,
  smoke: benchSmoke,
  scan: benchScan,
  findings: benchFindings,
};

const name = process.argv[2] ?? '';
const bench = BENCHES[name];
if (!bench) {
  console.error(`There is no bench '${name}'; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else await bench();
