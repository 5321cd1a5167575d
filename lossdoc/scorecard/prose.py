"""What the page says in words."""

HEAD = """\
# Scorecard

How often lossdoc is right, measured on runs of which the truth is known: those of the
[scenarios](scenarios.md) that the reference trainer makes on demand. One command trains them, judges
them and writes this page; with a cache, judging again after a change of the rules needs no training.

```sh
pip install -e ".[trainer]"
python -m lossdoc.scorecard --cache runs/
```
"""

DEFINITIONS = """\
A **run** is one scenario with one seed. Its recipe, not its curve, says what is wrong with it; whether it
shows that is decided by the scenario's oracle, which knows nothing of the rules. Runs that do not show
it are left out, and listed at the end.

Each scenario of a fault lists *expected* codes, the best answer first, and *forbidden* ones. A finding is

- **right** if its code is expected, be it told as a warning or as a note;
- **wrong** if it is a warning or an error, and its code is forbidden or the run has no fault;
- **neither** otherwise: a note, or a code that the scenario neither expects nor forbids, such as a spike
  in a run that diverges. It counts for nothing, and is counted itself.

Findings of low confidence, which lossdoc does not show, and findings that another one explains are not
told. **Sound** runs are those of healthy scenarios and of look-alikes; each warning or error about one is
a **false alarm**.

Of a rule, **found** is its recall: the share of the runs whose best answer it is in which it is told, or
would be but for another expected code that explains it. **Named** is the share of the same runs in which
any expected code is told. **Precision** is the share of the runs with a warning or an error of the rule,
right or wrong, in which it is right. **F1** is the harmonic mean of *found* and precision. **Alarms** and
**notes** are the sound runs, per 1,000, in which the rule tells a warning or an error, or a note. **Cured**
is the share of the runs with its fault that are [cured](cure.md) by what lossdoc prescribes.

Of a family of faults, recall is the share of its runs that are named; precision sets these against the
runs in which a code of the family is told and is wrong. **Macro-F1** is the mean of the families' F1.

A scenario may know when its fault begins: the first bad batch, the milestone, the restart, the first NaN,
the lowest validation loss, or the last step at which the loss was near its low. The **onset error** is
how far the told onset is from there; it is *near* within a twentieth of the run. The **delay** is how long
it takes from there until lossdoc says so: the log is cut after each tenth, the tenth in which the finding
comes up is cut into quarters, and the planned length is told; of all runs in which the rule is an expected
answer, the best or another. A negative delay is a finding that came up before the fault's own date.

Intervals are of 95 %. Those of shares are Wilson's; of F1 and of medians a bootstrap over the runs of each
scenario; of the macro-F1 a bootstrap over the scenarios of each family, since runs of one scenario are
much alike. Where nothing went wrong a bootstrap has nothing to vary: an interval from 1 to 1 says that, and
not that nothing can."""

CONFIDENCE = """\
A finding is *high* if every factor of its confidence holds (size of the effect, number of points, agreement
of the channels) **and** its rule has earned it: among the warnings of that rule in which every factor
held, 95 % and more were right. A rule that has not says *medium* at most. For this table the record of
each rule was taken from the other half of the seeds."""

KNIFE_EDGE = """\
Every threshold of every rule is multiplied by a factor of its own, log-uniform from 0.6 to 1.6, and
everything is judged again. If results hung on the exact values, they would fall apart here."""

RELOGGED = """\
Sound runs as other habits of logging would have written them. What is the same training should get the
same answer: at most 3 % with an alarm is wanted."""

LABELLED = """\
Logs of public repositories, labelled by eye from the curves alone. They belong to their authors and are
not part of this repository. **In-sample**: definitions of rules were worked out on such logs. The halves
share no repository. No threshold is fitted to either by the program, so that their difference tells how
much the figures depend on whose logs they are, not how much they would fall on unseen ones."""

LIMITS = """\
- Networks are small and runs short, of at most some thousand steps. Shares say how lossdoc does on *these*
  scenarios; precision depends on how many sound runs stand beside the faulty ones.
- Recipes and rules were tuned on seeds of the same scenarios. Unseen seeds are not unseen faults.
- A code that is neither right nor wrong is not always harmless: a reader may follow it.
- Runs of a scenario are not independent of each other, and intervals of shares are too narrow for that
  reason."""
