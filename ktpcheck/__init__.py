"""ktpcheck: would the data on this photo of an e-KTP be readable, and if not, why?

>>> from ktpcheck import Checker, load_photo
>>> report = Checker()(load_photo("samples/clear.jpg"))
>>> report.decision.verdict
'readable'
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ktpcheck.errors import (
    EngineError,
    KtpcheckError,
    ModelError,
    ModelMismatch,
    ModelMissing,
    PhotoError,
    PhotoTooLarge,
    PhotoUnreadable,
)

if TYPE_CHECKING:
    from ktpcheck.check import Checker
    from ktpcheck.joint import joint_to_json
    from ktpcheck.photo import Limits, load_photo, load_photos
    from ktpcheck.records import Photo, Report
    from ktpcheck.report import to_json
    from ktpcheck.shots import JointReport

__all__ = [
    "Checker",
    "EngineError",
    "JointReport",
    "KtpcheckError",
    "Limits",
    "ModelError",
    "ModelMismatch",
    "ModelMissing",
    "Photo",
    "PhotoError",
    "PhotoTooLarge",
    "PhotoUnreadable",
    "Report",
    "__version__",
    "joint_to_json",
    "load_photo",
    "load_photos",
    "to_json",
]

try:
    __version__ = version("ktpcheck")
except PackageNotFoundError:  # run from a tree that was never installed
    __version__ = "0+unknown"

_HOMES = {
    "Checker": "ktpcheck.check",
    "JointReport": "ktpcheck.shots",
    "Limits": "ktpcheck.photo",
    "Photo": "ktpcheck.records",
    "Report": "ktpcheck.records",
    "joint_to_json": "ktpcheck.joint",
    "load_photo": "ktpcheck.photo",
    "load_photos": "ktpcheck.photo",
    "to_json": "ktpcheck.report",
}


def __getattr__(name: str) -> Any:
    """Load the heavy rooms only when they are asked for: ``ktpcheck --help`` needs none."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ktpcheck' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
