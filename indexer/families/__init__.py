"""Repeated templates: texts that are alike but for figures, names and a word here and there.

::

    reports -> [forms] -> paragraphs, sections -> [minhash] -> pairs --> [clusters: exact] -> families
                       |                                    -> crowds -> [selfjoin: exact] -> families
                       -> reports -> [containment] --------------------> [selfjoin: exact] -> families
"""
