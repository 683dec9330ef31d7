-- Files that another tool made name their records by the records' own keys, not by ours: so do the answers to them.

ALTER TABLE file ADD COLUMN keys TEXT NOT NULL DEFAULT 'wire' CHECK (keys IN ('wire', 'own'));
