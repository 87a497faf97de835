"""What the files and words of other systems mean. Pure functions: no database, no settings, no clock but the
one passed in.
"""
