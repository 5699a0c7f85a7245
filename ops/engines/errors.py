"""What can go wrong before the stack runs: one sentence that says what to do."""


class StackProblem(Exception):
    """A problem of the machine or of its configuration; the message is for the person at the terminal."""
