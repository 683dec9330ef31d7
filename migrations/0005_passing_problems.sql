-- What may be repaired without being asked is counted after every stored result; most problems are of another kind.
CREATE INDEX problem_passing ON problem (run, record)
  WHERE claimed_by IS NULL AND (status = 'missing' OR (status = 'error' AND code IN (1, 4, 8, 13, 14)));
