"""What the gate stops and lets pass on real ratings, and how often it errs."""
