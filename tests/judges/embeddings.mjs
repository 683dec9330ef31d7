// batches.createEmbeddings, from a file and with the contents in the call.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { judged } from './cases.mjs';
import { ended, freePath, quick } from './desk.mjs';
import { jsonl, questions } from './questions.mjs';
import { assertNewJob, refusalOf } from './shapes.mjs';

const model = 'gemini-embedding-001';
const asked = questions(8);
const { client, plain } = quick();
console.warn = () => {}; // the client says at every call that this one is experimental
let job;

judged('batches.createEmbeddings({fileName})', 'a pending job of an uploaded file of contents', async () => {
  const lines = [...asked].map(([key, text]) => ({
    key,
    request: { content: { parts: [{ text }] }, output_dimensionality: 768 },
  }));
  const input = await client.files.upload({ file: jsonl(lines.map((line) => JSON.stringify(line) + '\n').join('')) });
  job = await client.batches.createEmbeddings({ model, src: { fileName: input.name }, config: { displayName: 'e' } });
  assertNewJob(job, 'e', model);
});

judged('batches.get', 'an embedding job to JOB_STATE_SUCCEEDED with dest.fileName; its type is EmbedContentBatch', async () => {
  job = await ended(client, job.name);
  assert.equal(job.state, 'JOB_STATE_SUCCEEDED');
  assert.match(job.dest.fileName, /^files\/batch-/);
  const { metadata, response } = await plain(job.name);
  assert.match(metadata['@type'], /\.EmbedContentBatch$/);
  assert.match(response['@type'], /\.EmbedContentBatchOutput$/);
  assert.deepEqual(metadata.batchStats, { requestCount: '8', successfulRequestCount: '8' });
});

judged('files.download', 'a vector of 768 numbers under each key; other texts have other vectors', async () => {
  const downloadPath = freePath('');
  await client.files.download({ file: job.dest.fileName, downloadPath });
  const rows = readFileSync(downloadPath, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(rows.map(({ key }) => key).sort(), [...asked.keys()].sort());
  for (const { response } of rows) assertVector(response.embedding.values, 768);
  assert.equal(new Set(rows.map(({ response }) => String(response.embedding.values))).size, asked.size);
});

judged('batches.createEmbeddings(inlinedRequests)', 'a vector of the asked length for each content, in the job', async () => {
  const desk = quick();
  const inlinedRequests = { contents: ['one', 'two', 'one'], config: { outputDimensionality: 64 } };
  const config = { displayName: 'inline' };
  const created = await desk.client.batches.createEmbeddings({ model, src: { inlinedRequests }, config });
  assertNewJob(created, 'inline', model);
  const { state, dest } = await ended(desk.client, created.name);
  assert.equal(state, 'JOB_STATE_SUCCEEDED');
  const vectors = dest.inlinedEmbedContentResponses.map(({ response }) => response.embedding.values);
  assert.equal(vectors.length, 3);
  for (const vector of vectors) assertVector(vector, 64);
  assert.equal(new Set(vectors.map(String)).size, 2);
});

judged('batches.createEmbeddings', 'a line that is no embedding request: 400 with its number', async () => {
  const file = await client.files.upload({ file: jsonl('{"key":"a","request":{"contents":[]}}\n') });
  const create = client.batches.createEmbeddings({ model, src: { fileName: file.name }, config: { displayName: 'e' } });
  assert.match((await refusalOf(create, 400, 'INVALID_ARGUMENT')).message, /Error on line 1/);
});

judged('batches.createEmbeddings', 'a file that is not there: 403', async () => {
  const src = { fileName: 'files/not-there' };
  const create = client.batches.createEmbeddings({ model, src, config: { displayName: 'e' } });
  await refusalOf(create, 403, 'PERMISSION_DENIED');
});

function assertVector(values, length) {
  assert.equal(values.length, length);
  assert.ok(values.every((value) => Number.isFinite(value)));
  assert.ok(values.some((value) => value !== 0));
}
