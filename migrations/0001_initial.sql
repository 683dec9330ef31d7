-- The first schema. Times are unix milliseconds UTC; words are the names that the program prints. What grows: one row a
-- chunk, file, job and result, one row a record that is not ok. A record that is ok has no row.

CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  key_print TEXT NOT NULL,
  model TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  settings_sha TEXT NOT NULL,           -- SHA-256 of settings_json
  options_json TEXT NOT NULL,
  released_at INTEGER,
  epoch INTEGER NOT NULL DEFAULT 0,
  driver_json TEXT,
  weight REAL NOT NULL DEFAULT 1,
  heartbeat_at INTEGER,
  records INTEGER NOT NULL DEFAULT 0,   -- 0 until the scan ended
  scan_offset INTEGER DEFAULT 0,        -- records planned so far; NULL: the scan ended
  stop_reason TEXT,
  stop_message TEXT,
  stop_at INTEGER,
  cancel_requested_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((stop_reason IS NULL) = (stop_at IS NULL))
) STRICT;

CREATE TABLE input (
  run INTEGER NOT NULL REFERENCES run (run) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  path TEXT NOT NULL,
  shown_path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  records INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  spool_path TEXT NOT NULL,
  PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (
  chunk INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (run) ON DELETE CASCADE,
  idx INTEGER NOT NULL CHECK (idx >= 0),
  kind TEXT NOT NULL CHECK (kind IN ('base', 'repair')),
  label TEXT,
  records INTEGER NOT NULL CHECK (records > 0),
  first_record INTEGER NOT NULL CHECK (first_record >= 0),
  body_bytes INTEGER NOT NULL,
  body_sha TEXT NOT NULL,
  tokens_est INTEGER NOT NULL,
  overrides_json TEXT,
  replaces INTEGER REFERENCES chunk (chunk) ON DELETE CASCADE,
  state TEXT NOT NULL DEFAULT 'planned'
    CHECK (state IN ('planned', 'uploading', 'uploaded', 'creating', 'reconciling', 'submitted', 'fetching', 'done',
                     'failed', 'cancelling', 'cancelled')),
  not_before INTEGER,
  fails INTEGER NOT NULL DEFAULT 0,
  refused_alone INTEGER NOT NULL DEFAULT 0,
  error_json TEXT,
  UNIQUE (run, idx)
) STRICT;
CREATE INDEX chunk_by_state ON chunk (run, state, idx, not_before, kind, records);
CREATE INDEX chunk_waiting ON chunk (run, state, not_before) WHERE not_before IS NOT NULL;
CREATE INDEX chunk_repair ON chunk (run) WHERE kind = 'repair';
CREATE INDEX chunk_replaces ON chunk (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE span (
  chunk INTEGER NOT NULL REFERENCES chunk (chunk) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  first_record INTEGER NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  first_line INTEGER NOT NULL,
  input INTEGER NOT NULL,
  src_offset INTEGER NOT NULL,
  src_bytes INTEGER NOT NULL,
  PRIMARY KEY (chunk, ordinal)
) STRICT, WITHOUT ROWID;

-- Neither file nor job goes away with its run: a run of which something was sent cannot be dropped.
CREATE TABLE file (
  file INTEGER PRIMARY KEY,
  chunk INTEGER NOT NULL REFERENCES chunk (chunk),
  generation INTEGER NOT NULL CHECK (generation > 0),
  name TEXT NOT NULL,
  uri TEXT NOT NULL DEFAULT '',
  mime TEXT NOT NULL DEFAULT '',
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  uploaded_at INTEGER,
  expires_at INTEGER,
  state TEXT NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'here', 'gone', 'deleted')),
  UNIQUE (chunk, generation)
) STRICT;
CREATE INDEX file_here ON file (uploaded_at) WHERE state = 'here';

-- One row an intent. What is held is counted from here, never stored.
CREATE TABLE job (
  job INTEGER PRIMARY KEY,
  chunk INTEGER NOT NULL REFERENCES chunk (chunk),
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  model TEXT NOT NULL,
  display_name TEXT NOT NULL,
  file INTEGER REFERENCES file (file),
  tokens_est INTEGER NOT NULL,
  intent_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  hold TEXT NOT NULL CHECK (hold IN ('intent', 'unknown', 'live', 'none')),
  name TEXT UNIQUE,
  origin TEXT NOT NULL DEFAULT 'created' CHECK (origin IN ('created', 'adopted', 'duplicate', 'imported')),
  observed_state TEXT CHECK (observed_state IN ('pending', 'running', 'succeeded', 'failed', 'expired', 'cancelled',
                                                'unknown')),
  observed_at INTEGER,
  stats_json TEXT,                      -- word, output, error, counts, as last seen
  created_at INTEGER,
  ended_at INTEGER,
  superseded_by INTEGER REFERENCES job (job)
) STRICT;
CREATE UNIQUE INDEX job_one_hold ON job (chunk) WHERE hold <> 'none' AND origin <> 'duplicate';
CREATE UNIQUE INDEX job_one_name ON job (chunk, attempt) WHERE name IS NOT NULL AND origin <> 'duplicate';
CREATE INDEX job_of_chunk ON job (chunk);
CREATE INDEX job_named ON job (chunk, observed_state) WHERE name IS NOT NULL;
CREATE INDEX job_held ON job (hold, model, chunk, tokens_est, intent_at) WHERE hold <> 'none';

CREATE TABLE result (
  seq INTEGER PRIMARY KEY,
  job INTEGER NOT NULL UNIQUE REFERENCES job (job),
  raw_path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  lines INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  not_ok INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  dup_lines INTEGER NOT NULL,
  unknown_keys INTEGER NOT NULL,
  tok_in INTEGER NOT NULL,
  tok_out INTEGER NOT NULL,
  tok_think INTEGER NOT NULL,
  tok_cached INTEGER NOT NULL,
  tok_wasted INTEGER NOT NULL,
  fetched_at INTEGER NOT NULL
) STRICT;

CREATE TABLE message (
  msg INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- History: what each stored result said of the records that were not ok. A stretch of neighbours that agree is one row;
-- the tokens are those of each of its records.
CREATE TABLE outcome (
  job INTEGER NOT NULL REFERENCES job (job),
  first_record INTEGER NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  status TEXT NOT NULL CHECK (status IN ('truncated', 'invalid', 'empty', 'blocked', 'error', 'missing')),
  code INTEGER,
  msg INTEGER REFERENCES message (msg),
  tok_in INTEGER NOT NULL,
  tok_out INTEGER NOT NULL,
  PRIMARY KEY (job, first_record)
) STRICT, WITHOUT ROWID;

-- The best outcome so far of each record that was covered and is not ok.
CREATE TABLE problem (
  run INTEGER NOT NULL REFERENCES run (run),
  record INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('truncated', 'invalid', 'empty', 'blocked', 'error', 'missing')),
  code INTEGER,
  msg INTEGER REFERENCES message (msg),
  job INTEGER REFERENCES job (job),     -- whose result said so; NULL: there was none
  tries INTEGER NOT NULL DEFAULT 0,     -- repair chunks that ended without helping
  claimed_by INTEGER REFERENCES chunk (chunk),
  PRIMARY KEY (run, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX problem_claimed ON problem (claimed_by) WHERE claimed_by IS NOT NULL;

CREATE TABLE alias (
  run INTEGER NOT NULL REFERENCES run (run) ON DELETE CASCADE,
  record INTEGER NOT NULL,
  same_as INTEGER NOT NULL,
  PRIMARY KEY (run, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE breaker (
  project TEXT NOT NULL,
  model TEXT NOT NULL,                  -- '': every model
  kind TEXT NOT NULL CHECK (kind IN ('stock', 'jobs', 'day', 'minute', 'spend', 'storage', 'zero', 'unknown', 'outage',
                                     'cost', 'pilot', 'disk')),
  open_until INTEGER,
  probe_at INTEGER,
  refusals INTEGER NOT NULL,
  quota_id TEXT,
  message TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (project, model, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE quota (
  project TEXT NOT NULL,
  model TEXT NOT NULL,                  -- '': what is the project's own, jobs, groups and polling
  conf_tokens INTEGER,
  learned_tokens INTEGER,
  conf_jobs INTEGER,
  probe_at INTEGER,
  probe_interval INTEGER NOT NULL,
  probe_owner TEXT NOT NULL,
  group_left INTEGER NOT NULL,
  group_until INTEGER,
  group_size_now INTEGER,
  creates_ok INTEGER NOT NULL,
  others_jobs INTEGER NOT NULL,
  poll_owner TEXT NOT NULL,
  polled_at INTEGER,
  est_factor REAL NOT NULL,
  updated_at INTEGER,
  PRIMARY KEY (project, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  run INTEGER REFERENCES run (run) ON DELETE CASCADE,
  chunk INTEGER REFERENCES chunk (chunk) ON DELETE CASCADE,
  job INTEGER REFERENCES job (job),
  from_state TEXT,
  event TEXT NOT NULL,
  to_state TEXT,
  why_json TEXT
) STRICT;
CREATE INDEX journal_of_run ON journal (run);
CREATE INDEX journal_of_chunk ON journal (chunk, event);

CREATE TABLE price (
  price INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  input REAL NOT NULL,
  output REAL NOT NULL,
  cached REAL NOT NULL,
  source TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX price_of_model ON price (model, valid_from);
