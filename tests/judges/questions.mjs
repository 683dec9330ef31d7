// Questions as input lines, and what a line of output must be to have answered one.
import assert from 'node:assert/strict';

/** `count` questions by key. */
export function questions(count) {
  return new Map(Array.from({ length: count }, (_, i) => [`q-${i}`, `What is ${i} and a half, à la carte?`]));
}

export function inputLine(key, question) {
  return JSON.stringify({ key, request: { contents: [{ role: 'user', parts: [{ text: question }] }] } }) + '\n';
}

export function inputOf(asked) {
  return [...asked].map(([key, question]) => inputLine(key, question)).join('');
}

export function jsonl(text) {
  return new Blob([text], { type: 'application/jsonl' });
}

/** What the answer's text says; fails when it is not a whole answer with its counts. */
export function textOf(response) {
  assert.equal(response.candidates.length, 1);
  const [candidate] = response.candidates;
  assert.equal(candidate.finishReason, 'STOP');
  assert.equal(candidate.content.role, 'model');
  const usage = response.usageMetadata;
  assert.equal(
    usage.totalTokenCount,
    usage.promptTokenCount + usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0),
  );
  return candidate.content.parts.map((part) => part.text).join('');
}

/** Every question has one line, under its key, that answers it: the sandbox repeats the question. */
export function assertAnswered(output, asked) {
  assert.ok(output.endsWith('\n'));
  const rows = output.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  assert.equal(rows.length, asked.size);
  const keys = new Set();
  for (const { key, response } of rows) {
    keys.add(key);
    assert.ok(textOf(response).endsWith(` to: ${asked.get(key)}`), `${key} is not answered`);
  }
  assert.equal(keys.size, asked.size);
}
