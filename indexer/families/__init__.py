"""Repeated templates: texts that are alike but for figures, names and a word here and there.

::

    reports -> [corpus: template forms] -> units -> [minhash] -> candidates -> [clusters: exact] -> families
                                        -> reports ---------------- [containment: exact] -------> families
"""
