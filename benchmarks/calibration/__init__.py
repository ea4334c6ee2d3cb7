"""Are the posteriors of a configuration right?"""
