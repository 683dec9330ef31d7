// Runs every case, one after the other, and ends with 1 when one has failed. scripts/judge starts it.
import { runAll } from './cases.mjs';
import './uploads.mjs';
import './files.mjs';
import './jobs.mjs';
import './job_lists.mjs';
import './job_ends.mjs';
import './refusals.mjs';
import './inline.mjs';
import './embeddings.mjs';
import './tokens.mjs';

process.exit((await runAll()) ? 0 : 1);
