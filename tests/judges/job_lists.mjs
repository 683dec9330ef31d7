// batches.list.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { ended, model, quick } from './desk.mjs';
import { inputOf, jsonl, questions } from './questions.mjs';

judged('batches.list', 'an empty project: no job and no next page', async () => {
  const pager = await quick().client.batches.list();
  assert.equal(pager.pageLength, 0);
  assert.equal(pager.hasNextPage(), false);
});

judged('batches.list(pageSize)', '7 jobs in pages of 3, 3 and 1: each once, newest first, as get shows it', async () => {
  const { client } = quick();
  const file = await client.files.upload({ file: jsonl(inputOf(questions(1))) });
  const names = [];
  for (let i = 0; i < 7; ++i) {
    const { name } = await client.batches.create({ model, src: file.name, config: { displayName: `job ${i}` } });
    names.unshift(name);
  }
  for (const name of names) await ended(client, name);

  const pager = await client.batches.list({ config: { pageSize: 3 } });
  const lengths = [pager.pageLength];
  const listed = [...pager.page];
  while (pager.hasNextPage()) {
    const page = await pager.nextPage();
    lengths.push(page.length);
    listed.push(...page);
  }
  assert.deepEqual(lengths, [3, 3, 1]);
  assert.deepEqual(listed.map(({ name }) => name), names);
  for (const one of listed) assert.deepEqual(one, await client.batches.get({ name: one.name }));

  const walked = [];
  for await (const { name } of await client.batches.list({ config: { pageSize: 2 } })) walked.push(name);
  assert.deepEqual(walked, names);
});
