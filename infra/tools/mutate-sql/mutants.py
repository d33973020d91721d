"""Mutants of one SQL statement: each predicate taken out and turned around, each status and side exchanged, each
limit taken out; one change at a time, in PostgreSQL's own grammar."""

from dataclasses import dataclass

from pglast import ast, parse_sql
from pglast.enums import BoolExprType
from pglast.stream import RawStream
from results import digest

# Words of the schema, each with the one that it is exchanged with.
OTHERS = {"active": "archived", "archived": "active", "customer": "dentist", "dentist": "customer"}
# How much of a predicate its mutant's name shows.
SHOWN = 90


@dataclass(frozen=True)
class Mutant:
    """A changed statement, and what was changed, in words that stay the same while the statement does."""

    name: str
    sql: str
    original: str

    @property
    def key(self):
        """Another one after each change of the statement or of what is changed in it."""
        return digest(self.original, self.sql)


def text(tree):
    """A tree as SQL."""
    return RawStream()(tree)


def mutants(sql):
    """All mutants of a statement, each under a name of its own."""
    root = parse_sql(sql)[0]
    original = text(root)
    if parse_sql(original)[0] != root:
        raise ValueError("a statement is another one when it is written anew from its tree")
    counts, found, seen = {}, [], {original}
    for what, change in changes(root):
        undo = change()
        mutated = text(root)
        undo()
        counts[what] = counts.get(what, 0) + 1
        name = what if counts[what] == 1 else f"{what} ({counts[what]})"
        if mutated not in seen:
            seen.add(mutated)
            found.append(Mutant(name, mutated, original))
    return found


def changes(root):
    """(what, change) for each place: a change is done by a call, and undone by what that returns."""
    for node in nodes(root):
        if isinstance(node, ast.BoolExpr) and node.boolop != BoolExprType.NOT_EXPR:
            yield from of_arguments(node)
        for attribute in ("whereClause", "quals", "havingClause"):
            predicate = getattr(node, attribute, None)
            if predicate is not None and not is_and(predicate) and text(predicate) != "TRUE":
                yield f"without {shown(predicate)}", setting(node, attribute, true())
                yield f"not {shown(predicate)}", setting(node, attribute, negated(predicate))
        if getattr(node, "limitCount", None) is not None:
            yield f"without LIMIT {shown(node.limitCount)}", setting(node, "limitCount", None)
        if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String) and node.val.sval in OTHERS:
            word = node.val.sval
            yield f"{OTHERS[word]} for {word}", setting(node.val, "sval", OTHERS[word])


def of_arguments(node):
    arguments = node.args
    joined = "and" if is_and(node) else "or"
    for index, argument in enumerate(arguments):
        rest = arguments[:index] + arguments[index + 1 :]
        yield f"without {joined} {shown(argument)}", setting(node, "args", rest)
        turned = arguments[:index] + (negated(argument),) + arguments[index + 1 :]
        yield f"{joined} not {shown(argument)}", setting(node, "args", turned)


def is_and(node):
    return isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR


def negated(node):
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.NOT_EXPR:
        return node.args[0]
    return ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(node,))


def true():
    return ast.A_Const(isnull=False, val=ast.Boolean(boolval=True))


def shown(node):
    words = " ".join(text(node).split())
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"


def setting(node, attribute, value):
    def change():
        before = getattr(node, attribute)
        setattr(node, attribute, value)
        return lambda: setattr(node, attribute, before)

    return change


def nodes(value):
    """Every node below a value, itself first."""
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, ast.Node):
        yield value
        for attribute in value:
            yield from nodes(getattr(value, attribute))
