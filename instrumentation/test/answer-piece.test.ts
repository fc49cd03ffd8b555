import { expect, test } from 'vitest';
import { answerPiece } from '../src/wire/answer-piece.ts';

test.each([
  ['{"content":"abc"}', 'abc'],
  ['{"content": "abc"}', 'abc'],
  ['{"content":"say \\"hi\\" \\\\"}', 'say \\"hi\\" \\\\'],
  // Cut off, as a long line is.
  ['{"content":"abc', 'abc'],
  ['{"content":{"text":"inside"}}', 'inside'],
  ['{"content":null,"text":"other"}', 'other'],
  ['{"content":"","text":"other"}', 'other'],
  ['{"index":0}', ''],
  ['{"the content":"x"}', ''],
])('the text that %s brings is what stands in quotes behind the first key that has some', (json, piece) => {
  expect(answerPiece(json, ['content', 'text'])).toBe(piece);
});
