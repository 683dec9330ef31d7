-- Records that are not sent: those that cannot be (--skip-invalid), and those whose request an earlier record has
-- (--dedupe). One row each; a record that is sent has none.

CREATE TABLE unsent (
  run INTEGER NOT NULL REFERENCES run (run) ON DELETE CASCADE,
  record INTEGER NOT NULL,
  line INTEGER NOT NULL,
  input INTEGER NOT NULL,
  src_offset INTEGER NOT NULL,
  src_bytes INTEGER NOT NULL,
  print INTEGER NOT NULL,               -- 64 bits of the SHA-256 of its line
  msg INTEGER REFERENCES message (msg), -- why it cannot be sent
  same_as INTEGER,                      -- the record whose answer is its own
  PRIMARY KEY (run, record),
  CHECK ((msg IS NULL) <> (same_as IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX unsent_same ON unsent (run, same_as) WHERE same_as IS NOT NULL;
CREATE INDEX unsent_skipped ON unsent (run, record) WHERE same_as IS NULL;

DROP TABLE alias;                       -- was never written

ALTER TABLE chunk ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0;   -- between its first and its last record
ALTER TABLE chunk ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;  -- records anywhere with the request of one of its own
CREATE INDEX chunk_repeats ON chunk (run) WHERE repeats > 0;
CREATE INDEX chunk_halves ON chunk (run, first_record) WHERE replaces IS NOT NULL;
