// What the client makes of refusals: an ApiError with the HTTP status, and the service's body as its message.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { desk, model, quick, quickUrl, slow } from './desk.mjs';
import { inputLine, inputOf, jsonl, questions } from './questions.mjs';
import { refusalOf } from './shapes.mjs';

const config = { displayName: 'refused' };

const withBadKey = {
  'files.upload': (client) => client.files.upload({ file: jsonl('{}\n') }),
  'files.list': (client) => client.files.list(),
  'batches.create': (client) => client.batches.create({ model, src: 'files/any', config }),
  'batches.list': (client) => client.batches.list(),
  'batches.get': (client) => client.batches.get({ name: 'batches/any' }),
};
for (const [call, act] of Object.entries(withBadKey)) {
  judged(call, 'a bad key: 400 with the reason API_KEY_INVALID', async () => {
    const refusal = await refusalOf(act(desk(quickUrl, 'bad-key').client), 400, 'INVALID_ARGUMENT');
    const info = refusal.details.find((detail) => detail['@type'] === 'type.googleapis.com/google.rpc.ErrorInfo');
    assert.equal(info.reason, 'API_KEY_INVALID');
    assert.equal(info.domain, 'googleapis.com');
  });
}

judged('batches.create', 'an unknown model: 404 that names it', async () => {
  const { client } = quick();
  const file = await client.files.upload({ file: jsonl(inputOf(questions(1))) });
  const create = client.batches.create({ model: 'unknown-model', src: file.name, config });
  assert.match((await refusalOf(create, 404, 'NOT_FOUND')).message, /models\/unknown-model/);
});

judged('batches.create', 'a file that is not there: 403 with its id', async () => {
  const create = quick().client.batches.create({ model, src: 'files/not-there', config });
  assert.match((await refusalOf(create, 403, 'PERMISSION_DENIED')).message, /not-there/);
});

judged('batches.create', 'bad lines: 400 with the number of each, and no job', async () => {
  const { client } = quick();
  const text = inputLine('a', 'Why?') + 'no JSON\n' + inputLine('b', 'How?') + '{"key":"c","request":{"config":{}}}\n';
  const file = await client.files.upload({ file: jsonl(text) });
  const refusal = await refusalOf(
    client.batches.create({ model, src: file.name, config }),
    400,
    'INVALID_ARGUMENT',
  );
  const numbers = [...refusal.message.matchAll(/Error on line (\d+)/g)].map(([, number]) => number);
  assert.deepEqual(numbers, ['2', '4']);
  assert.equal((await client.batches.list()).pageLength, 0);
});

judged('batches.create', 'the fourth job where three are allowed: 429 without details, and no job', async () => {
  const { client } = slow();
  const file = await client.files.upload({ file: jsonl(inputOf(questions(1))) });
  const create = () => client.batches.create({ model, src: file.name, config });
  for (let i = 0; i < 3; ++i) await create();
  const refusal = await refusalOf(create(), 429, 'RESOURCE_EXHAUSTED');
  assert.match(refusal.message, /exceeded your current quota/);
  assert.equal(refusal.details, undefined);
  assert.equal((await client.batches.list()).pageLength, 3);

  const [last] = (await client.batches.list()).page;
  await client.batches.cancel({ name: last.name });
  assert.equal((await create()).state, 'JOB_STATE_PENDING');
});

judged('batches.get', 'a job that never was: 404', async () => {
  await refusalOf(quick().client.batches.get({ name: 'batches/neverwas' }), 404, 'NOT_FOUND');
});

judged('batches.get', "another project's job: 404", async () => {
  const { client } = slow();
  const file = await client.files.upload({ file: jsonl(inputOf(questions(1))) });
  const { name } = await client.batches.create({ model, src: file.name, config });
  await refusalOf(slow().client.batches.get({ name }), 404, 'NOT_FOUND');
});
