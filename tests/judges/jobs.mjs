// batches.create from a file, batches.get to the end, files.download of the results.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { judged } from './cases.mjs';
import { ended, freePath, model, quick } from './desk.mjs';
import { assertAnswered, inputOf, jsonl, questions } from './questions.mjs';
import { assertNewJob, refusalOf, timeOf } from './shapes.mjs';

const asked = questions(250);

// One job whose life the cases below follow.
const { client, plain } = quick();
let input;
let job;

judged('batches.create(src string)', 'id of 36 characters, JOB_STATE_PENDING, display name, model, times, no dest', async () => {
  input = await client.files.upload({ file: jsonl(inputOf(asked)), config: { mimeType: 'application/jsonl' } });
  job = await client.batches.create({ model, src: input.name, config: { displayName: 'qa / 1' } });
  assertNewJob(job, 'qa / 1', model);
});

judged('batches.get', 'JOB_STATE_* in order to JOB_STATE_SUCCEEDED, endTime, dest.fileName of 42 characters', async () => {
  const seen = [];
  const last = await ended(client, job.name, seen);
  const order = ['JOB_STATE_PENDING', 'JOB_STATE_RUNNING', 'JOB_STATE_SUCCEEDED'];
  assert.deepEqual(seen, order.filter((state) => seen.includes(state)));
  assert.equal(last.state, 'JOB_STATE_SUCCEEDED');
  assert.equal(last.name, job.name);
  assert.equal(last.createTime, job.createTime);
  assert.ok(timeOf(last.endTime) > timeOf(last.createTime));
  assert.equal(last.dest.fileName, `files/batch-${job.name.slice('batches/'.length)}`);
  assert.equal(last.dest.inlinedResponses, undefined);
  job = last;
});

judged('(plain GET of the job)', 'done, batchStats as strings without zeros, output named twice: the client drops them', async () => {
  const operation = await plain(job.name);
  assert.equal(operation.done, true);
  assert.equal(operation.error, undefined);
  assert.equal(operation.metadata.inputConfig.fileName, input.name);
  assert.deepEqual(operation.metadata.batchStats, { requestCount: '250', successfulRequestCount: '250' });
  assert.equal(operation.response.responsesFile, job.dest.fileName);
  assert.equal(operation.metadata.output.responsesFile, job.dest.fileName);
});

judged('files.download(name)', '250 lines; each answers the question that was asked under its key', async () => {
  const downloadPath = freePath('.results.jsonl');
  await client.files.download({ file: job.dest.fileName, downloadPath });
  assertAnswered(readFileSync(downloadPath, 'utf8'), asked);
});

judged('files.download(File)', 'the same bytes again', async () => {
  const [first, second] = [freePath('.1'), freePath('.2')];
  await client.files.download({ file: job.dest.fileName, downloadPath: first });
  await client.files.download({ file: { name: job.dest.fileName }, downloadPath: second });
  assert.deepEqual(readFileSync(second), readFileSync(first));
});

judged('files.download', 'a file that was uploaded, not generated: 400', async () => {
  await refusalOf(client.files.download({ file: input.name, downloadPath: freePath('') }), 400, 'INVALID_ARGUMENT');
});

judged('files.get', 'the output, whose id is longer than 40 characters: 400, as users report', async () => {
  const refusal = await refusalOf(client.files.get({ name: job.dest.fileName }), 400, 'INVALID_ARGUMENT');
  assert.match(refusal.message, /cannot be more than 40 characters/);
});

judged('files.delete', 'the output: 400, and it can still be downloaded', async () => {
  await refusalOf(client.files.delete({ name: job.dest.fileName }), 400, 'INVALID_ARGUMENT');
  await client.files.download({ file: job.dest.fileName, downloadPath: freePath('') });
});

judged('batches.create(src {fileName})', 'a second job of the same file and display name is another job', async () => {
  const config = { displayName: 'qa / 1' };
  const second = await client.batches.create({ model: `models/${model}`, src: { fileName: input.name }, config });
  assertNewJob(second, 'qa / 1', model);
  assert.notEqual(second.name, job.name);
});

judged('batches.create(webhookConfig)', 'is taken, although the discovery document does not list it', async () => {
  const config = { displayName: 'qa / 2', webhookConfig: { uris: ['https://example.invalid/hook'] } };
  assertNewJob(await client.batches.create({ model, src: input.name, config }), 'qa / 2', model);
});

judged('batches.create', 'snake_case in the lines of the file', async () => {
  const line = { key: 'a', request: { contents: [{ parts: [{ text: 'Why?' }] }], generation_config: { top_k: 1 } } };
  const file = await client.files.upload({ file: jsonl(JSON.stringify(line) + '\n') });
  const { name } = await client.batches.create({ model, src: file.name, config: { displayName: 'snake' } });
  const { dest } = await ended(client, name);
  const downloadPath = freePath('');
  await client.files.download({ file: dest.fileName, downloadPath });
  assertAnswered(readFileSync(downloadPath, 'utf8'), new Map([['a', 'Why?']]));
});
