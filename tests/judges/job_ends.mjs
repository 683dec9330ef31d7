// batches.cancel and batches.delete.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { ended, freePath, model, quick, slow } from './desk.mjs';
import { inputOf, jsonl, questions } from './questions.mjs';
import { refusalOf, timeOf } from './shapes.mjs';

async function newJob(client) {
  const file = await client.files.upload({ file: jsonl(inputOf(questions(5))) });
  return client.batches.create({ model, src: file.name, config: { displayName: 'to be ended' } });
}

judged('batches.cancel', 'a pending job becomes JOB_STATE_CANCELLED with an endTime and without dest', async () => {
  const { client, plain } = slow();
  const job = await newJob(client);
  await client.batches.cancel({ name: job.name });
  const last = await ended(client, job.name);
  assert.equal(last.state, 'JOB_STATE_CANCELLED');
  assert.ok(timeOf(last.endTime) >= timeOf(last.createTime));
  assert.equal(last.dest, undefined);
  assert.equal((await plain(job.name)).error.code, 13);
});

judged('batches.cancel', 'a job that has ended: 400, and it stays JOB_STATE_SUCCEEDED', async () => {
  const { client } = quick();
  const { name } = await newJob(client);
  await ended(client, name);
  await refusalOf(client.batches.cancel({ name }), 400, 'INVALID_ARGUMENT');
  assert.equal((await client.batches.get({ name })).state, 'JOB_STATE_SUCCEEDED');
});

judged('batches.delete', 'get answers 404, the list is without it, its output is gone; a second delete is 404', async () => {
  const { client } = quick();
  const { name } = await newJob(client);
  const { dest } = await ended(client, name);
  await client.batches.delete({ name });
  await refusalOf(client.batches.get({ name }), 404, 'NOT_FOUND');
  await refusalOf(client.batches.delete({ name }), 404, 'NOT_FOUND');
  await refusalOf(client.files.download({ file: dest.fileName, downloadPath: freePath('') }), 404, 'NOT_FOUND');
  assert.equal((await client.batches.list()).pageLength, 0);
});
