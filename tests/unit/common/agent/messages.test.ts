import assert from 'node:assert/strict';
import { localized } from '../../../../tasks/common/agent/messages';
import { CancelledError, InputError } from '../../../../tasks/common/errors';

describe('localized', () => {
  it('says in English what the error itself says', () => {
    const accepted = 'one of red, blue';
    assert.equal(localized('InputEmpty', 'colour', accepted), new InputError('colour', '', accepted).message);
    const wrong = new InputError('colour', 'a "green"', accepted);
    assert.equal(localized('InputWrong', 'colour', wrong.found ?? '', accepted), wrong.message);
    assert.equal(localized('StepCancelled', 'SIGINT'), new CancelledError('SIGINT').message);
  });

  it('puts in values as they are, percent signs too', () => {
    assert.equal(
      localized('CanaryDeployed', '100%s', 25, 3, 'langflow', '5s'),
      "Release 100%s serves as a canary of 25 %, and is healthy: revision 3 in 'langflow', 5s.",
    );
  });
});
