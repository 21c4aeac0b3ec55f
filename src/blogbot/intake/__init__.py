"""From what a source says to what is kept: decides what is new, changed or gone, and saves it with its announcement.

A change and the announcement of it are saved in one transaction, so that neither is ever there without the other.
What a source showed is remembered only once everything that follows from it is saved: after a crash it is looked at
again and found unchanged. The first look at a source announces nothing. What was announced and is not so any more is
announced as corrected or gone. Knows no chat and no message.
"""

from blogbot.intake.intake import Intake
from blogbot.intake.report import Counts, Report, Verdict

__all__ = ["Counts", "Intake", "Report", "Verdict"]
