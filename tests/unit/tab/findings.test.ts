import assert from 'node:assert/strict';
import { filterFindings, findingRows, NO_FILTER, webLink } from '../../../tab/model/findings';
import { fixture } from './samples';

describe('The findings of the results tab', () => {
  const { scan } = fixture('scan');
  assert.ok(scan);
  const rows = findingRows(scan);
  const ids = (part: Partial<typeof NO_FILTER>): string[] =>
    filterFindings(rows, { ...NO_FILTER, ...part }).map(({ id }) => id);

  for (const { part, found } of [
    { part: { search: 'PyJWT' }, found: ['CVE-2022-29217'] },
    { part: { search: 'zlib redis' }, found: ['CVE-2025-20002'] },
    { part: { search: 'zlib nowhere' }, found: [] },
    { part: { severity: 'HIGH', kind: 'code' }, found: ['py/sql-injection'] },
    { part: { state: 'new' }, found: ['CVE-2022-29217', 'CVE-2025-20002'] },
    { part: { state: 'fixed' }, found: ['aws-access-key-id'] },
    { part: { target: 'postgresql' }, found: ['CVE-2025-20002'] },
  ])
    it(`finds by ${JSON.stringify(part)}`, () => {
      assert.deepEqual(ids(part), found);
    });

  it('calls nothing new where there is no baseline', () => {
    const without = findingRows({ ...scan, hasBaseline: false });
    assert.deepEqual(filterFindings(without, { ...NO_FILTER, state: 'new' }), []);
  });

  it('links only to the web', () => {
    assert.equal(webLink('https://avd.aquasec.com/x'), 'https://avd.aquasec.com/x');
    for (const address of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'not an address',
      undefined,
    ])
      assert.equal(webLink(address), undefined);
  });
});
