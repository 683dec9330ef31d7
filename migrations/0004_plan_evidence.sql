-- What a plan asks of earlier runs: how long jobs of the model took, and whether the input was submitted before.

CREATE INDEX job_finished ON job (model, job) WHERE observed_state = 'succeeded' AND ended_at IS NOT NULL;
CREATE INDEX input_content ON input (sha256);
CREATE INDEX input_place ON input (path, bytes);
