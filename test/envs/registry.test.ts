import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, make } from '../../envs/registry';
import { KdlabError } from '../../src/core/errors';

test('every listed environment can be made, and says in one line what it is', () => {
  assert.ok(list().length > 0);
  for (const { id, description } of list()) {
    assert.equal(make(id).id, id);
    assert.ok(description.length > 0 && !description.includes('\n'));
  }
});

test('an unknown id is answered with the nearest one', () => {
  assert.throws(
    () => make('Cartpole-v0'),
    (error) =>
      error instanceof KdlabError &&
      /unknown environment "Cartpole-v0"; did you mean "CartPole-v1"/.test(error.message),
  );
});
