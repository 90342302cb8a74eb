"""The approval engine: flows are data of the policy; instances, tasks and the trail run here."""
