"""The error tree.

::

    KtpcheckError
    ├── PhotoError   PhotoUnreadable, PhotoTooLarge
    ├── ModelError   ModelMissing, ModelMismatch
    └── EngineError

Errors are raised only when judging is impossible: "no card" and "unreadable" are results.
Every error carries the name of what failed and a remedy, and never any personal data.
Errors know neither exit codes nor HTTP statuses; each door maps them to its own.
"""

from __future__ import annotations


class KtpcheckError(Exception):
    """Base of every error raised by ktpcheck.

    Parameters
    ----------
    subject : str
        What failed, as the user named it (a file name, a model name).
    reason : str
        What is wrong, one clause, no full stop.
    remedy : str
        What to do about it, one sentence.
    """

    def __init__(self, subject: str, reason: str, remedy: str) -> None:
        super().__init__(subject, reason, remedy)
        self.subject = subject
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}. {self.remedy}"


class PhotoError(KtpcheckError):
    """A photo cannot be taken in."""


class PhotoUnreadable(PhotoError):
    """The bytes are not a picture that can be decoded."""


class PhotoTooLarge(PhotoError):
    """The file or the picture in it is over the limit."""


class ModelError(KtpcheckError):
    """A model file cannot be used."""


class ModelMissing(ModelError):
    """A model file is not where it should be."""


class ModelMismatch(ModelError):
    """A model file is not the one in the manifest."""


class EngineError(KtpcheckError):
    """The OCR engine failed."""
