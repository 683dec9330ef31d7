// A place to work at: a client of the official library that talks to one of the two sandboxes, under a key that no other
// case has, and so in a project of its own.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GoogleGenAI } from '@google/genai';
import { recordingFetch } from './exchanges.mjs';

export const model = 'gemini-2.5-flash';

let desks = 0;

/** Where jobs end within moments. */
export function quick() {
  return desk(process.env.JUDGE_QUICK_URL, `judge-${++desks}.key`);
}

/** Where jobs stay pending as long as anybody looks, and a project may have three of them. */
export function slow() {
  return desk(process.env.JUDGE_SLOW_URL, `judge-${++desks}.key`);
}

export function desk(baseUrl, key) {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl, fetch: recordingFetch } });
  /** What the service itself says, where the client hands on only a part. */
  const plain = async (path) => {
    const answer = await fetch(`${baseUrl}/v1beta/${path}`, { headers: { 'x-goog-api-key': key } });
    return answer.json();
  };
  return { client, plain };
}

export const quickUrl = process.env.JUDGE_QUICK_URL;

const directory = mkdtempSync(join(tmpdir(), 'judge-'));
let papers = 0;

/** A path of this run that nothing lies at. */
export function freePath(ending) {
  return join(directory, `${++papers}${ending}`);
}

const final = ['JOB_STATE_SUCCEEDED', 'JOB_STATE_FAILED', 'JOB_STATE_CANCELLED', 'JOB_STATE_EXPIRED'];

/** The job when it has ended; `seen` gets every state on the way. */
export async function ended(client, name, seen = []) {
  for (;;) {
    const job = await client.batches.get({ name });
    if (seen.at(-1) !== job.state) seen.push(job.state);
    if (final.includes(job.state)) return job;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
