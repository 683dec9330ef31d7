// models.countTokens.
import assert from 'node:assert/strict';
import { judged } from './cases.mjs';
import { desk, model, quick, quickUrl } from './desk.mjs';
import { refusalOf } from './shapes.mjs';

const count = async (contents) => (await quick().client.models.countTokens({ model, contents })).totalTokens;

judged('models.countTokens', 'a number that grows with the text and is the same for the same text', async () => {
  const short = await count('Why is the sky blue?');
  assert.ok(Number.isInteger(short) && short > 0);
  assert.equal(await count([{ role: 'user', parts: [{ text: 'Why is the sky blue?' }] }]), short);
  assert.ok((await count('Why is the sky blue? '.repeat(100))) > 50 * short);
});

judged('models.countTokens', 'a bad key: 400; an unknown model: 404', async () => {
  const contents = 'Why?';
  await refusalOf(desk(quickUrl, 'bad-key').client.models.countTokens({ model, contents }), 400, 'INVALID_ARGUMENT');
  await refusalOf(quick().client.models.countTokens({ model: 'unknown-model', contents }), 404, 'NOT_FOUND');
});
