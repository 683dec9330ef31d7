// Writes down what the client sends and is answered, so that the discovery document can judge it: see tests/wire.
import { appendFileSync } from 'node:fs';

const path = 'exchanges.jsonl';
const longest = 4 * 1024 * 1024;

/** `fetch`, with every exchange as a line in exchanges.jsonl. */
export async function recordingFetch(url, request) {
  const answer = await fetch(url, request);
  const body = await answer.clone().text();
  const exchange = {
    method: request.method,
    path: decodeURIComponent(new URL(url).pathname),
    upload_command: new Headers(request.headers).get('x-goog-upload-command') ?? '',
    request_body: typeof request.body === 'string' ? request.body : '',
    status: answer.status,
    content_type: answer.headers.get('content-type') ?? '',
    answer_body: body.length <= longest ? body : '',
  };
  appendFileSync(path, JSON.stringify(exchange) + '\n');
  return answer;
}
