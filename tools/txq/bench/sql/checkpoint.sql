-- Write what is dirty now, so that it does not happen while the bench measures. For superusers and pg_checkpoint.
checkpoint;
