import assert from 'node:assert/strict';
import type { ReleaseView } from '../../../tasks/common/view/view.generated';
import { chainsOf, linkTo } from '../../../tab/model/chain';
import { phasesOf, stepsOf, type Run } from '../../../tab/model/run';
import { fixture } from './samples';

describe('The digest chain of the results tab', () => {
  const runOf = (...views: ReleaseView[]): Run => ({
    steps: stepsOf(views.map((view) => ({ view }))),
    isRunning: false,
  });

  it('is whole where each task saw the same digests', () => {
    const [chain] = chainsOf(runOf(fixture('build'), fixture('scan'), fixture('deploy')));
    assert.deepEqual(
      chain?.rows.map(({ broken }) => broken),
      [[], [], [], [], []],
    );
  });

  it('is broken in the phase that saw another digest, for that component alone', () => {
    const chains = chainsOf(runOf(fixture('build'), fixture('deploy'), fixture('smoke')));
    const broken = chains.flatMap(({ rows }) => rows).filter(({ broken }) => broken.length > 0);
    assert.deepEqual(
      broken.map(({ component, broken }) => [component, broken]),
      [['worker', ['smoke']]],
    );
    assert.deepEqual(linkTo('smoke', chains), { digests: 5, broken: 1 });
    assert.deepEqual(linkTo('deploy', chains), { digests: 5, broken: 0 });
    assert.equal(linkTo('build', chains), undefined);
  });

  it('does not compare a rollback, which speaks of a former release', () => {
    const rollback = fixture('rollback');
    const component = { name: 'backend', digest: `sha256:${'0'.repeat(64)}` };
    rollback.release = { name: fixture('build').release?.name ?? '', components: [component] };
    const [chain] = chainsOf(runOf(fixture('build'), rollback));
    assert.ok(chain?.rows.every(({ broken }) => broken.length === 0));
  });

  it('shows the worst state of a phase', () => {
    const phases = phasesOf(runOf(fixture('build'), fixture('build-failed'), fixture('smoke')), 0);
    assert.deepEqual(
      phases.map(({ phase, state }) => [phase, state]),
      [
        ['build', 'failed'],
        ['scan', 'skipped'],
        ['deploy', 'skipped'],
        ['smoke', 'failed'],
      ],
    );
  });
});
