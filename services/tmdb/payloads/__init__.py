"""What TMDb's answers say, as far as it can be used: typed, bounded, and what was dropped counted.

Nothing here trusts an answer. A value that is not what it should be becomes the unknown one, a row
without its identity is left out, and only a body that is of no use as a whole raises PayloadError.
"""
