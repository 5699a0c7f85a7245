"""Records as JSON values, for the API, the files and the commands: the keys are the contract's."""
