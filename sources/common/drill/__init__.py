"""A source that misbehaves on command, so that operators can watch what the system makes of it.

Only where FAULT_DRILL is on: then `POST /drill/` (`views`) turns a switch (`state`), and a middleware
(`middleware`) answers the orchestrator's calls as it says (`faults`, `broken`, `aside`), and refuses
production.
"""
