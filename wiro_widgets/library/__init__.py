"""What experiments leave behind: the journal of runs, their inputs and clips, ratings."""
