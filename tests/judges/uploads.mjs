// files.upload: from a path and from a Blob, in one piece and in several.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { judged } from './cases.mjs';
import { freePath, quick } from './desk.mjs';
import { inputOf, questions } from './questions.mjs';
import { assertUploaded, refusalOf } from './shapes.mjs';

const bytes = Buffer.from(inputOf(questions(3)));
const mebibyte = 1024 * 1024;

judged('files.upload(path)', 'name, display name, type, size, hash, uri, state, source, 48 hours of life', async () => {
  const path = freePath('.jsonl');
  writeFileSync(path, bytes);
  const config = { name: 'files/qa-0001', displayName: 'qa / chunk 1, à la carte', mimeType: 'application/jsonl' };
  const file = await quick().client.files.upload({ file: path, config });
  assertUploaded(file, bytes, 'application/jsonl');
  assert.equal(file.name, 'files/qa-0001');
  assert.equal(file.displayName, config.displayName);
});

judged('files.upload(path)', 'a type that the client infers from the ending; a name without files/', async () => {
  const path = freePath('.json');
  writeFileSync(path, bytes);
  const file = await quick().client.files.upload({ file: path, config: { name: 'qa-0002' } });
  assertUploaded(file, bytes, 'application/json');
  assert.equal(file.name, 'files/qa-0002');
});

judged('files.upload(Blob)', 'an id of 12 characters that the service makes, the type of the Blob', async () => {
  const file = await quick().client.files.upload({ file: new Blob([bytes], { type: 'text/plain' }) });
  assertUploaded(file, bytes, 'text/plain');
  assert.match(file.name, /^files\/[a-z0-9]{12}$/);
  assert.equal(file.displayName, undefined);
});

const sizes = [
  ['one byte', 1],
  ['8 MiB, exactly a piece', 8 * mebibyte],
  ['8 MiB and a byte, two pieces', 8 * mebibyte + 1],
  ['17 MiB and three bytes, three pieces', 17 * mebibyte + 3],
];
for (const [words, size] of sizes) {
  judged('files.upload(Blob)', `${words}: size and hash`, async () => {
    const content = randomBytes(size);
    const config = { mimeType: 'application/jsonl' };
    const file = await quick().client.files.upload({ file: new Blob([content]), config });
    assertUploaded(file, content, 'application/jsonl');
  });
}

judged('files.upload(path)', '20 MiB from a path, three pieces: size and hash', async () => {
  const path = freePath('.jsonl');
  const content = randomBytes(20 * mebibyte);
  writeFileSync(path, content);
  const config = { mimeType: 'application/jsonl' };
  assertUploaded(await quick().client.files.upload({ file: path, config }), content, 'application/jsonl');
});

judged('files.upload', 'the type "jsonl": 400 with the type in the message, although the upload is final', async () => {
  const { client } = quick();
  const upload = client.files.upload({ file: new Blob([bytes]), config: { mimeType: 'jsonl' } });
  const refusal = await refusalOf(upload, 400, 'INVALID_ARGUMENT');
  assert.equal(refusal.message, 'Unsupported MIME type: jsonl');
  assert.equal((await client.files.list()).pageLength, 0);
});

judged('files.upload', 'a name of other characters than a-z, 0-9 and -: 400', async () => {
  const config = { name: 'files/Qa_0001', mimeType: 'application/jsonl' };
  const refusal = await refusalOf(
    quick().client.files.upload({ file: new Blob([bytes]), config }),
    400,
    'INVALID_ARGUMENT',
  );
  assert.match(refusal.message, /may only contain lowercase alphanumeric characters or dashes/);
});

judged('files.upload', 'a name that is taken: 409, and the file stays what it was', async () => {
  const { client } = quick();
  const config = { name: 'qa-0001', mimeType: 'application/jsonl' };
  const first = await client.files.upload({ file: new Blob([bytes]), config });
  await refusalOf(client.files.upload({ file: new Blob(['other']), config }), 409, 'ALREADY_EXISTS');
  assert.deepEqual(await client.files.get({ name: first.name }), first);
});
