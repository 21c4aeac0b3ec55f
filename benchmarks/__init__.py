"""What blogbot measures of itself, each figure beside a named reference in the same run."""
