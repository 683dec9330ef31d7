// files.get, files.list and files.delete.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { quick } from './desk.mjs';
import { jsonl } from './questions.mjs';
import { refusalOf } from './shapes.mjs';

judged('files.get', 'the file as the upload gave it, under either form of its name', async () => {
  const { client } = quick();
  const file = await client.files.upload({ file: jsonl('{}\n'), config: { displayName: 'a file' } });
  assert.deepEqual(await client.files.get({ name: file.name }), file);
  assert.deepEqual(await client.files.get({ name: file.name.slice('files/'.length) }), file);
});

judged('files.get', 'a file that never was: 403 with its id', async () => {
  const refusal = await refusalOf(quick().client.files.get({ name: 'files/never-was' }), 403, 'PERMISSION_DENIED');
  assert.match(refusal.message, /never-was.*may not exist/);
});

judged('files.get', "another project's file: 403", async () => {
  const file = await quick().client.files.upload({ file: jsonl('{}\n') });
  await refusalOf(quick().client.files.get({ name: file.name }), 403, 'PERMISSION_DENIED');
});

judged('files.list', 'an empty project: no file and no next page', async () => {
  const pager = await quick().client.files.list();
  assert.equal(pager.pageLength, 0);
  assert.equal(pager.hasNextPage(), false);
});

judged('files.list', '10 files a page when no size is asked for; the pager walks over 3 pages, each file once', async () => {
  const { client } = quick();
  const names = await uploadMany(client, 23);
  const pager = await client.files.list();
  assert.equal(pager.pageLength, 10);
  assert.equal(pager.hasNextPage(), true);
  assert.deepEqual(await walked(pager), names.sort());
});

judged('files.list(pageSize)', 'pages of 4, 4 and 1 by nextPage, then no further', async () => {
  const { client } = quick();
  await uploadMany(client, 9);
  const pager = await client.files.list({ config: { pageSize: 4 } });
  const lengths = [pager.pageLength];
  while (pager.hasNextPage()) lengths.push((await pager.nextPage()).length);
  assert.deepEqual(lengths, [4, 4, 1]);
});

judged('files.delete', 'it is gone from get and list; a second delete is 403', async () => {
  const { client } = quick();
  const file = await client.files.upload({ file: jsonl('{}\n') });
  await client.files.delete({ name: file.name });
  await refusalOf(client.files.get({ name: file.name }), 403, 'PERMISSION_DENIED');
  await refusalOf(client.files.delete({ name: file.name }), 403, 'PERMISSION_DENIED');
  assert.equal((await client.files.list()).pageLength, 0);
});

async function uploadMany(client, count) {
  const names = [];
  for (let i = 0; i < count; ++i) names.push((await client.files.upload({ file: jsonl(`${i}\n`) })).name);
  return names;
}

async function walked(pager) {
  const names = [];
  for await (const file of pager) names.push(file.name);
  return names.sort();
}
