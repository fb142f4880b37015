import assert from 'node:assert/strict';
import * as path from 'node:path';
import { isWithin, relativePath } from '../../../tasks/common/paths';

describe('relativePath', () => {
  for (const [rules, folder, file, expected] of [
    [path.posix, '/agent/1/s', '/agent/1/s/app/components.yml', 'app/components.yml'],
    [path.posix, '/agent/1/s', '/agent/1/s/a\\b.yml', 'a\\b.yml'],
    [path.posix, '/agent/1/s', '/agent/1/a/x.yml', '../a/x.yml'],
    [path.win32, 'D:\\a\\1\\s', 'D:\\a\\1\\s\\app\\components.yml', 'app/components.yml'],
    [path.win32, 'D:\\a\\1\\s', 'd:\\A\\1\\s\\app', 'app'],
    [path.win32, 'D:\\a\\1\\s', 'D:\\a\\1\\a\\x.yml', '../a/x.yml'],
    [path.win32, 'D:\\a\\1\\s', 'C:\\shared\\x.yml', 'C:/shared/x.yml'],
  ] as const)
    it(`sees ${file} from ${folder} as ${expected}`, () => {
      assert.equal(relativePath(folder, file, rules), expected);
    });
});

describe('isWithin', () => {
  for (const [rules, folder, file, expected] of [
    [path.posix, '/s', '/s', true],
    [path.posix, '/s', '/s/a/b', true],
    [path.posix, '/s', '/s/..a', true],
    [path.posix, '/s', '/sources', false],
    [path.posix, '/s/a', '/s', false],
    [path.win32, 'D:\\s', 'd:\\S\\a', true],
    [path.win32, 'D:\\s', 'D:\\sources', false],
    [path.win32, 'D:\\s', 'D:\\', false],
    [path.win32, 'D:\\s', 'C:\\s\\a', false],
    [path.win32, '\\\\server\\share\\s', '\\\\server\\share\\s\\a', true],
  ] as const)
    it(`says that ${file} is ${expected ? '' : 'not '}in ${folder}`, () => {
      assert.equal(isWithin(folder, file, rules), expected);
    });
});
