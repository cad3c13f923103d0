"""`semzip report`: the page of a run, and the check of its figures."""

from semzip.report.check import Difference, check
from semzip.report.page import write
from semzip.report.run import Run, open_run

__all__ = ["Difference", "Run", "check", "open_run", "write"]
