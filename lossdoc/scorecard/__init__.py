"""How often lossdoc is right: what it says about runs of which the truth is known.

::

    python -m lossdoc.scorecard                 train, judge, keep the results
    python -m lossdoc.scorecard --corpus DIR    judge labelled logs as well

The trainer's scenarios give runs with a known fault, or with none, in any number; `truth` defines what
is right about them. Other modules judge the runs (`judging`), scale the thresholds (`knife_edge`), log
sound runs differently (`relogging`), read labelled logs of others (`corpus`), sum up (`tally`), and
write the page (`page`).
"""
