-- What a look at a run sums over its chunks comes from one index: of ten thousand chunks that is a tenth of the pages.

DROP INDEX chunk_by_state;
CREATE INDEX chunk_by_state ON chunk (run, state, idx, not_before, kind, records, tokens_est);
