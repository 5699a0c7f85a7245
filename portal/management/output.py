"""The file that a command writes a run's results to."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.translation import get_language

from portal.exports import files


@dataclass(frozen=True, kw_only=True)
class Output:
    """A path whose ending tells the format."""

    path: Path

    def write(self, run_id: int) -> None:
        """Puts the whole file in its place, or nothing; for its owner's eyes only. Raises OSError."""
        with NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
            try:
                file.writelines(files.content(run_id, self.path.suffix[1:], get_language()))
                os.replace(file.name, self.path)
            except BaseException:
                os.unlink(file.name)
                raise


def output(text: str) -> Output:
    """An argument that names the file; refused before anything else is done if it cannot be written."""
    path = Path(text)
    if path.suffix[1:] not in files.FORMATS:
        known = ", ".join(f".{ending}" for ending in files.FORMATS)
        raise argparse.ArgumentTypeError(f"{text!r} does not end in one of {known}")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return Output(path=path)
