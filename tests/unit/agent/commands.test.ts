import assert from 'node:assert/strict';
import { parseCommand } from '../../agent/commands';

describe('parseCommand', () => {
  it('finds a command behind other text, and unescapes the percent sign last', () => {
    assert.deepEqual(
      parseCommand('x ##vso[task.logissue type=error;sourcepath=a%3Bb%5D%AZP253B]one%0Atwo%AZP25'),
      {
        area: 'task',
        event: 'logissue',
        properties: { type: 'error', sourcepath: 'a;b]%3B' },
        data: 'one\ntwo%',
      },
    );
  });
  it('keeps what follows the first equals sign of a property', () => {
    assert.deepEqual(parseCommand('##vso[task.x a=b=c;]'), {
      area: 'task',
      event: 'x',
      properties: { a: 'b=c' },
      data: '',
    });
  });
  for (const line of ['##vso[task.debug', '##vso[task]x', '##vso[a.b.c]x']) {
    it(`says that '${line}' is malformed`, () => {
      assert.equal(parseCommand(line), 'malformed');
    });
  }
  it('takes a line without a command for text', () => {
    assert.equal(parseCommand('##[section]vso[task.debug]'), undefined);
  });
});
