"""Background work: the job table is the outbox and the truth, whoever carries it out.

``enqueue`` writes a row in the business transaction. ``worker`` (embedded) or ``relay`` with Celery
(production) carry it out by the one function ``tasks.run_job``; the effect in the database and the
mark «done» are one transaction, so that a killed process loses nothing and repeats nothing.
"""

from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.jobs.queue import enqueue
from zhidu.jobs.run import job_key

__all__ = ["JobType", "ScheduleSpec", "enqueue", "job_key"]
