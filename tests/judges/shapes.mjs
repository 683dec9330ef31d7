// What times, files and jobs look like through the client.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

/** Milliseconds of an RFC 3339 time in UTC with at most nine digits of a fraction. */
export function timeOf(text) {
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
  return Date.parse(text);
}

/** The hash as the service writes it: base64 of the 64 hex characters. */
export function hashOf(bytes) {
  return Buffer.from(createHash('sha256').update(bytes).digest('hex')).toString('base64');
}

const hours48 = 48 * 3600 * 1000;

export function assertUploaded(file, bytes, mimeType) {
  assert.match(file.name, /^files\/[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/);
  assert.equal(file.mimeType, mimeType);
  assert.equal(file.sizeBytes, String(bytes.length));
  assert.equal(file.sha256Hash, hashOf(bytes));
  assert.ok(file.uri.endsWith(`/v1beta/${file.name}`), file.uri);
  assert.equal(file.state, 'ACTIVE');
  assert.equal(file.source, 'UPLOADED');
  assert.equal(file.downloadUri, undefined);
  assert.equal(timeOf(file.expirationTime) - timeOf(file.createTime), hours48);
  assert.ok(timeOf(file.updateTime) >= timeOf(file.createTime));
}

export function assertNewJob(job, displayName, model) {
  assert.match(job.name, /^batches\/[a-z0-9]{36}$/);
  assert.equal(job.displayName, displayName);
  assert.equal(job.model, `models/${model}`);
  assert.equal(job.state, 'JOB_STATE_PENDING');
  assert.ok(timeOf(job.updateTime) >= timeOf(job.createTime));
  assert.equal(job.endTime, undefined);
  assert.equal(job.dest, undefined);
}

/** The refusal that the call ends in: an ApiError whose message is the service's own body. */
export async function refusalOf(call, status, word) {
  let error;
  try {
    await call;
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, 'nothing was refused');
  assert.equal(error.name, 'ApiError', error.stack);
  assert.equal(error.status, status, error.message);
  const body = JSON.parse(error.message).error;
  assert.equal(body.code, status);
  assert.equal(body.status, word);
  return body;
}
