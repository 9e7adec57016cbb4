import { expect, test } from 'vitest';
import { camelCase, identifierProblem, pascalCase, snakeCase } from './names.ts';

// Results of the real conversion, from the reference "module host" 3.4 and "validation rules" C.
test.each([
  ['player1', 'player_1', 'player1', 'Player1'],
  ['userID', 'user_id', 'userId', 'UserId'],
  ['HTTPServer', 'http_server', 'httpServer', 'HttpServer'],
  ['XMLHttpRequest', 'xml_http_request', 'xmlHttpRequest', 'XmlHttpRequest'],
  ['Foo2Bar', 'foo_2_bar', 'foo2Bar', 'Foo2Bar'],
  ['abc1def', 'abc_1_def', 'abc1Def', 'Abc1Def'],
  ['level2d', 'level_2_d', 'level2D', 'Level2D'],
  ['v2', 'v_2', 'v2', 'V2'],
  ['x1Y2', 'x_1_y_2', 'x1Y2', 'X1Y2'],
  ['A1B', 'a_1_b', 'a1B', 'A1B'],
  ['ABC', 'abc', 'abc', 'Abc'],
  ['myURL2Go', 'my_url_2_go', 'myUrl2Go', 'MyUrl2Go'],
  ['aB', 'a_b', 'aB', 'AB'],
  ['user_id_2', 'user_id_2', 'userId2', 'UserId2'],
  ['_private', 'private', 'private', 'Private'],
  ['trailing_', 'trailing', 'trailing', 'Trailing'],
  ['a__b', 'a_b', 'aB', 'AB'],
  ['foo-bar', 'foo_bar', 'fooBar', 'FooBar'],
  ['foo$bar', 'foo$bar', 'foo$bar', 'Foo$bar'],
  ['UserIDs', 'user_i_ds', 'userIDs', 'UserIDs'],
  ['Москва', 'москва', 'москва', 'Москва'],
  ['__', '', '', ''],
])('%s', (source, snake, camel, pascal) => {
  expect([snakeCase(source), camelCase(source), pascalCase(source)]).toEqual([snake, camel, pascal]);
});

test('identifiers', () => {
  expect(['a', '_', 'größe', 'x1', 'order'].map(identifierProblem)).toEqual(Array(5).fill(undefined));
  expect(['', '1a', 'order-lines', 'a b', '😀', 'e\u0301'].map((n) => identifierProblem(n) !== undefined)).toEqual(
    Array(6).fill(true),
  );
});
