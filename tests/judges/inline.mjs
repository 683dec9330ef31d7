// batches.create with the requests in the call itself, and their answers in the job.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { ended, model, quick } from './desk.mjs';
import { questions, textOf } from './questions.mjs';
import { assertNewJob, refusalOf } from './shapes.mjs';

const asked = questions(12);
const src = [...asked].map(([key, question]) => ({ contents: question, metadata: { key } }));
const { client, plain } = quick();
let job;

judged('batches.create(inlinedRequests)', 'a pending job under its display name, as for a file', async () => {
  job = await client.batches.create({ model, src, config: { displayName: 'inline' } });
  assertNewJob(job, 'inline', model);
});

judged('batches.get', 'an answer to each request in dest.inlinedResponses, with the metadata that was sent', async () => {
  const { state, dest } = await ended(client, job.name);
  assert.equal(state, 'JOB_STATE_SUCCEEDED');
  assert.equal(dest.fileName, undefined);
  assert.equal(dest.inlinedResponses.length, asked.size);
  const keys = new Set();
  for (const { response, metadata, error } of dest.inlinedResponses) {
    assert.equal(error, undefined);
    assert.ok(textOf(response).endsWith(` to: ${asked.get(metadata.key)}`), `${metadata.key} is not answered`);
    keys.add(metadata.key);
  }
  assert.equal(keys.size, asked.size);
});

judged('(plain GET of the job)', 'batchStats, and the answers named in metadata.output and in response', async () => {
  const { done, metadata, response } = await plain(job.name);
  assert.equal(done, true);
  assert.deepEqual(metadata.batchStats, { requestCount: '12', successfulRequestCount: '12' });
  assert.equal(response.inlinedResponses.inlinedResponses.length, asked.size);
  assert.deepEqual(metadata.output.inlinedResponses, response.inlinedResponses);
});

judged('batches.list', 'the job without its inline answers', async () => {
  const { page } = await client.batches.list();
  assert.deepEqual(page.map(({ name, state }) => [name, state]), [[job.name, 'JOB_STATE_SUCCEEDED']]);
  assert.equal(page[0].dest?.inlinedResponses, undefined);
});

judged('batches.create({inlinedRequests})', 'a model, a system instruction and settings within a request', async () => {
  const config = { systemInstruction: 'Answer briefly.', temperature: 0, topK: 3, maxOutputTokens: 100 };
  const inlinedRequests = [
    { model, contents: [{ role: 'user', parts: [{ text: 'Why?' }] }], metadata: { key: 'a' }, config },
    { contents: 'How?', metadata: { key: 'b', any: 'thing' } },
  ];
  const desk = quick();
  const { name } = await desk.client.batches.create({ model, src: { inlinedRequests }, config: { displayName: 'two' } });
  const { dest } = await ended(desk.client, name);
  const texts = new Map(dest.inlinedResponses.map(({ response, metadata }) => [metadata.key, textOf(response)]));
  assert.match(texts.get('a'), / to: Why\?$/);
  assert.match(texts.get('b'), / to: How\?$/);
  const other = dest.inlinedResponses.find(({ metadata }) => metadata.key === 'b');
  assert.deepEqual(other.metadata, { key: 'b', any: 'thing' });
});

judged('batches.create(inlinedRequests)', 'more than 20 MiB: 400 with the limit', async () => {
  const large = [{ contents: 'x'.repeat(20 * 1024 * 1024) }];
  const create = quick().client.batches.create({ model, src: large, config: { displayName: 'large' } });
  const refusal = await refusalOf(create, 400, 'INVALID_ARGUMENT');
  assert.match(refusal.message, /exceeds the limit: 20971520 bytes/);
});

judged('batches.delete', 'a job with inline answers: get answers 404', async () => {
  await client.batches.delete({ name: job.name });
  await refusalOf(client.batches.get({ name: job.name }), 404, 'NOT_FOUND');
});
