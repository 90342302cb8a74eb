"""Background work: the job table is the outbox and the truth, whoever carries it out."""
