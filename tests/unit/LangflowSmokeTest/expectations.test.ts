import assert from 'node:assert/strict';
import { parseJsonPath, valueAt } from '../../../tasks/LangflowSmokeTest/capture';
import { differences, mismatchesOf, type Expectation } from '../../../tasks/LangflowSmokeTest/expectations';
import type { Json } from '../../../tasks/LangflowSmokeTest/values';

const ANY: Expectation = { status: undefined, body: undefined, contains: undefined };

describe('mismatchesOf', () => {
  const answer = (status: number, body = '', truncated = false) => ({ status, body, truncated });

  it('takes every success unless one is asked for', () => {
    assert.deepEqual(mismatchesOf(answer(204), ANY), []);
    assert.deepEqual(mismatchesOf(answer(302), ANY), ['Expected status 200 to 299, found 302.']);
    assert.deepEqual(mismatchesOf(answer(302), { ...ANY, status: 302 }), []);
    assert.deepEqual(mismatchesOf(answer(200), { ...ANY, status: 401 }), ['Expected status 401, found 200.']);
  });

  it('names everything that is wrong', () => {
    assert.deepEqual(
      mismatchesOf(answer(500, '{"status":"down"}'), {
        status: 200,
        body: { status: 'ok' },
        contains: 'fine',
      }),
      [
        'Expected status 200, found 500.',
        '/status: expected "ok", found "down".',
        'Expected a body that contains "fine".',
      ],
    );
  });

  it('does not take for JSON what is none, or only the beginning of it', () => {
    assert.deepEqual(mismatchesOf(answer(200, '<html>'), { ...ANY, body: {} }), [
      'Expected JSON, found another body.',
    ]);
    assert.equal(mismatchesOf(answer(200, '{}', true), { ...ANY, body: {} }).length, 1);
  });

  it('names five differences of a body and counts the others', () => {
    const wanted = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`k${index}`, index]));
    const found = mismatchesOf(answer(200, '{}'), { ...ANY, body: wanted });
    assert.equal(found.length, 6);
    assert.equal(found.at(-1), '2 more differences.');
  });
});

describe('differences', () => {
  for (const [name, actual, expected] of [
    ['equal scalars', 'a', 'a'],
    ['null', { a: null }, { a: null }],
    ['more keys', { a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } }],
    ['more elements in another order', [1, { a: 1, b: 2 }, 3], [3, { b: 2 }]],
    ['an empty object', { a: 1 }, {}],
    ['an empty list', [1], []],
  ] as [string, Json, Json][]) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(differences(actual, expected), []);
    });
  }

  for (const [name, actual, expected, found] of [
    ['another value', { a: { b: 1 } }, { a: { b: 2 } }, '/a/b: expected 2, found 1.'],
    ['another type', { a: '1' }, { a: 1 }, '/a: expected 1, found "1".'],
    ['a missing key', {}, { 'a/b': null }, '/a~1b: expected null, found nothing.'],
    ['an inherited key', {}, { toString: {} }, '/toString: expected {}, found nothing.'],
    [
      'a missing element',
      { a: [{ b: 1 }] },
      { a: [{ b: 2 }] },
      '/a: expected an element that contains {"b":2}, found none.',
    ],
    ['an object for a list', {}, [], '/: expected [], found {}.'],
    ['a list for an object', [], {}, '/: expected {}, found [].'],
    ['null for an object', null, {}, '/: expected {}, found null.'],
  ] as [string, Json, Json, string][]) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(differences(actual, expected), [found]);
    });
  }
});

describe('JSON paths', () => {
  const json: Json = { items: [{ id: 'x', 'a/b': { '~': 1 } }], 'dotted.key': 2 };
  for (const [path, value] of [
    ['/items/0/id', 'x'],
    ['items[0].id', 'x'],
    ['/items/0/a~1b/~0', 1],
    ['/dotted.key', 2],
    ['items', json.items],
    ['items[1].id', undefined],
    ['items.length', 1],
    ['constructor', undefined],
    ['/items/0/id/0', undefined],
  ] as [string, Json | undefined][]) {
    it(`find ${path}`, () => {
      assert.deepEqual(valueAt(json, parseJsonPath(path)), value);
    });
  }
});
