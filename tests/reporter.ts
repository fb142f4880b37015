import { writeFileSync } from 'node:fs';
import Mocha, { type MochaOptions } from 'mocha';

/** Mocha's spec reporter, which also leaves its numbers for scripts/test.ts in the file $TEST_COUNTS. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      if (process.env.TEST_COUNTS)
        writeFileSync(process.env.TEST_COUNTS, JSON.stringify({ passes, failures }));
    });
  }
}
