"""What the outcomes mean: who survives, who of them is explained, and which explanations are of nothing."""


def lines(outcomes, explained):
    """The list: each mutant, and what became of it."""
    for statement, found in outcomes.items():
        for outcome in found:
            name = f"{statement}: {outcome.name}"
            yield f"{name}: {described(outcome, explained.get(name))}\n"


def described(outcome, explanation):
    if outcome.refused:
        return f"refused by PostgreSQL: {outcome.refused}"
    if outcome.killed_by:
        return f"killed by {outcome.killed_by}"
    survives = "SURVIVES" if outcome.has_tests else "SURVIVES (no test runs the statement)"
    return f"explained: {explanation}" if explanation else survives


def verdict(outcomes, explained):
    """Says how it stands; 1 when a survivor is unexplained or an explanation has no survivor any more."""
    survivors, total, refused = [], 0, 0
    for statement, found in outcomes.items():
        total += len(found)
        refused += sum(outcome.refused is not None for outcome in found)
        survivors += [f"{statement}: {outcome.name}" for outcome in found if outcome.survives]
    unexplained = [name for name in survivors if name not in explained]
    gone = [name for name in explained if name.split(":")[0] in outcomes and name not in survivors]
    for name in unexplained:
        print(f"  survives: {name}")
    for name in gone:
        print(f"  explained, but it does not survive: {name}")
    killed = total - refused - len(survivors)
    print(
        f"{total} mutants: {killed} killed, {refused} refused by PostgreSQL, "
        f"{len(survivors) - len(unexplained)} explained, {len(unexplained)} survive unexplained"
    )
    return 1 if unexplained or gone else 0
