-- What refusals teach besides a token limit. A 429 seldom says which limit binds, so the latest answers and ends are kept
-- to tell tokens, a number of jobs, lateness and a flow apart.

ALTER TABLE quota ADD COLUMN learned_jobs INTEGER;                      -- in jobs of the project
ALTER TABLE quota ADD COLUMN late INTEGER NOT NULL DEFAULT 0;           -- ms that an ended job counts longer
ALTER TABLE quota ADD COLUMN latest_json TEXT NOT NULL DEFAULT '[]';    -- [at, what, tokens, jobs], oldest first
