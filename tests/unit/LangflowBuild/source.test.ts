import assert from 'node:assert/strict';
import { sourceOf } from '../../../tasks/LangflowBuild/source';

const clock = { now: () => Date.UTC(2026, 10, 24), sleep: () => Promise.resolve() };
const COMMIT = '0123456789012345678901234567890123456789';
const of = (variables: Record<string, string>) => sourceOf((name) => variables[name], clock);

describe('the source of a release', () => {
  it('is the commit, branch and repository of the run, and the run itself', () => {
    assert.deepEqual(
      of({
        'Build.SourceVersion': COMMIT,
        'Build.SourceBranch': 'refs/heads/main',
        'Build.Repository.Uri': 'https://contoso@dev.azure.com/contoso/My%20Project/_git/langflow',
        'Build.BuildId': '7',
        'System.CollectionUri': 'https://dev.azure.com/contoso/',
        'System.TeamProject': 'My Project',
      }),
      {
        source: {
          repository: 'https://dev.azure.com/contoso/My%20Project/_git/langflow',
          branch: 'refs/heads/main',
          commit: COMMIT,
        },
        build: {
          id: '7',
          url: 'https://dev.azure.com/contoso/My%20Project/_build/results?buildId=7',
          time: '2026-11-24T00:00:00.000Z',
        },
      },
    );
  });

  for (const [uri, shown] of [
    ['https://user:token@example.org/r.git', 'https://example.org/r.git'],
    ['git@example.org:team/r.git', 'git@example.org:team/r.git'],
    ['ssh://git:secret@example.org/r.git', 'ssh://example.org/r.git'],
  ] as const) {
    it(`has no credentials: ${uri}`, () => {
      const { source } = of({ 'Build.SourceVersion': COMMIT, 'Build.Repository.Uri': uri });
      assert.equal(source.repository, shown);
    });
  }

  it('must be a commit of git', () => {
    assert.throws(() => of({ 'Build.SourceVersion': '123' }), { message: /Build\.SourceVersion is '123'/ });
    assert.throws(() => of({}), { message: /Build\.SourceVersion is ''/ });
  });
});
