import assert from 'node:assert/strict';
import { differences, mismatchesOf, type Expectation } from '../../../tasks/LangflowSmokeTest/expectations';
import { pathProblem, valuesAt } from '../../../tasks/LangflowSmokeTest/jsonPath';
import { latencyMismatches, parseMilliseconds, percentile } from '../../../tasks/LangflowSmokeTest/latency';
import { mismatchesAt, type Conditions } from '../../../tasks/LangflowSmokeTest/matchers';
import type { Json } from '../../../tasks/LangflowSmokeTest/values';

const ANY: Expectation = { status: [], headers: {}, contains: [], excludes: [], json: {} };

describe('mismatchesOf', () => {
  const answer = (status: number, body = '', truncated = false) => ({
    status,
    body,
    truncated,
    headers: {},
    latencyMs: 1,
  });

  it('takes every success unless one is asked for', () => {
    assert.deepEqual(mismatchesOf(answer(204), ANY), []);
    assert.deepEqual(mismatchesOf(answer(302), ANY), ['Expected status 200 to 299, found 302.']);
    assert.deepEqual(mismatchesOf(answer(302), { ...ANY, status: [301, 302] }), []);
    assert.deepEqual(mismatchesOf(answer(200), { ...ANY, status: [401] }), [
      'Expected status 401, found 200.',
    ]);
  });

  it('names everything that is wrong', () => {
    assert.deepEqual(
      mismatchesOf(answer(500, '{"status":"down"}'), {
        ...ANY,
        status: [200],
        body: { status: 'ok' },
        contains: ['fine'],
      }),
      [
        'Expected status 200, found 500.',
        'Expected what contains "fine".',
        '/status: expected "ok", found "down".',
      ],
    );
  });

  it('does not take for JSON what is none, or only the beginning of it', () => {
    assert.deepEqual(mismatchesOf(answer(200, '<html>'), { ...ANY, body: {} }), [
      'Expected JSON, found other text.',
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
  const json: Json = { items: [{ id: 'x', 'a/b': { '~': 1 } }, { id: 'y' }], 'dotted.key': 2 };
  for (const [path, values] of [
    ['$.items[*].id', ['x', 'y']],
    ["$['dotted.key']", [2]],
    ['$.items[?@.id == "y"].id', ['y']],
    ['$..id', ['x', 'y']],
    ['$.nothing', []],
    ['/items/0/id', ['x']],
    ['items[0].id', ['x']],
    ['/items/0/a~1b/~0', [1]],
    ['/dotted.key', [2]],
    ['items[2].id', []],
    ['items.length', [2]],
    ['constructor', []],
    ['/items/0/id/0', []],
  ] as [string, Json[]][]) {
    it(`find ${path}`, () => {
      assert.equal(pathProblem(path), undefined);
      assert.deepEqual(valuesAt(json, path), values);
    });
  }

  for (const path of ['$.items[', '$items', 'a..b', '$[?@.a ==]']) {
    it(`are refused: ${path}`, () => {
      assert.ok(pathProblem(path));
    });
  }
});

describe('conditions of a value', () => {
  for (const [found, conditions, mismatch] of [
    [['1.13.0'], { equals: '1.13.0' }, undefined],
    [['1.12.0'], { equals: '1.13.0' }, 'x: expected "1.13.0", found "1.12.0".'],
    [[{ a: 1 }], { equals: { a: 1 } }, undefined],
    [[{ a: 1, b: 2 }], { equals: { a: 1 } }, 'x: expected {"a":1}, found {"a":1,"b":2}.'],
    [['three words'], { contains: 'words' }, undefined],
    [[['a', 'b']], { contains: 'b' }, undefined],
    [['words'], { contains: 'three' }, 'x: expected what contains "three", found "words".'],
    [['ab'], { matches: '^a' }, undefined],
    [['ba'], { matches: '^a' }, 'x: expected what matches "^a", found "ba".'],
    [[5], { above: 4, below: 6 }, undefined],
    [[5], { above: 5 }, 'x: expected a number above 5, found 5.'],
    [['5'], { below: 6 }, 'x: expected a number below 6, found "5".'],
    [[1, 2], { count: 2 }, undefined],
    [[1], { count: 2 }, 'x: expected 2 values, found 1.'],
    [[], { count: 0 }, undefined],
    [[], { exists: false }, undefined],
    [['*'], { exists: false }, 'x: expected nothing, found "*".'],
    [[null], { exists: true }, undefined],
    [[], { exists: true }, 'x: expected a value, found nothing.'],
    [[], { equals: null }, 'x: expected null, found nothing.'],
    [[1, 2], { equals: 1 }, 'x: expected 1, found 2.'],
  ] as [Json[], Conditions, string | undefined][]) {
    it(`${JSON.stringify(conditions)} of ${JSON.stringify(found)}`, () => {
      assert.deepEqual(mismatchesAt('x', found, conditions), mismatch === undefined ? [] : [mismatch]);
    });
  }
});

describe('latency', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is a percentile by nearest rank', () => {
    assert.deepEqual(
      [50, 95, 99, 100].map((percent) => percentile(hundred, percent)),
      [50, 95, 99, 100],
    );
    assert.equal(percentile([7], 95), 7);
  });

  it('fails above its limit only', () => {
    assert.deepEqual(latencyMismatches(hundred, { p50: 50, p95: 95 }), []);
    assert.deepEqual(latencyMismatches(hundred, { p95: 94, max: 99 }), [
      'Latency p95 over 100 requests: expected at most 94 ms, found 95 ms.',
      'Latency max over 100 requests: expected at most 99 ms, found 100 ms.',
    ]);
  });

  it('is written in seconds or milliseconds', () => {
    assert.deepEqual([parseMilliseconds('250ms'), parseMilliseconds('2s')], [250, 2_000]);
  });
});
