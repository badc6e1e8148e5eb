"""Router lint: statements that a PostgreSQL sharded by user cannot route to one node.

Each rule stands for a refusal of Citus 13. A statement is parsed by PostgreSQL's own parser.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType

from sync_server.sharding.tables import DISTRIBUTED, LOCAL_TABLES, colocation

VOLATILE = {"clock_timestamp", "gen_random_uuid", "random", "statement_timestamp", "uuidv7"}
BUILDERS = {"json_agg", "json_build_object", "jsonb_agg", "jsonb_build_object", "jsonb_object_agg"}
CHANGING = VOLATILE | BUILDERS | {"now", "current_timestamp", "timestamptz"}
_ROWS = "rows of a distributed table"


class Rule(StrEnum):
    """Reasons why a sharded database refuses a statement, or asks every node."""

    NO_USER = "no equality of the distribution column with a parameter"
    LOCKS_SHARDS = "locks rows of more than one shard"
    MIXED_GROUPS = "joins or writes tables that are distributed by different columns"
    CONSTANT_USER = "INSERT ... SELECT takes the distribution column from no distributed row"
    SUBSELECT_IN_VALUES = "VALUES with a sub-select"
    VOLATILE_WRITE = "an UPDATE, DELETE or DO UPDATE calls a function that is not stable"
    MOVES_ROWS = "writes the distribution column of a row"
    ONE_MESSAGE = "several statements in one message"
    LOCAL_JOIN = "joins a table of the coordinator with a distributed one"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a statement breaks, and the table."""

    rule: Rule
    table: str


@dataclass(slots=True)
class _Level:
    """Names and equalities of one query level."""

    tables: dict[str, str | None] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)

    def pinned(self) -> set[str]:
        """Columns that equal a parameter or a constant, directly or through other columns."""
        found = {"$"}
        while True:
            more = {it for pair in self.pairs if found & set(pair) for it in pair} - found
            if not more:
                return found
            found |= more


def lint(text: str) -> list[Violation]:
    """Violations of a message to the database: one statement, or several."""
    statements = [raw.stmt for raw in parse_sql(text)]
    found = [it for statement in statements for it in _Statement().check(statement)]
    touched = {table for it in statements for table in _tables(it) if table in DISTRIBUTED}
    if len(statements) > 1 and touched:
        found.append(Violation(Rule.ONE_MESSAGE, min(touched)))
    return found


def _nodes(node: object) -> Iterator[Any]:
    """A node of the syntax tree and all below it."""
    if isinstance(node, tuple | list):
        for item in node:
            yield from _nodes(item)
    elif isinstance(node, ast.Node):
        yield node
        for name in node:
            yield from _nodes(getattr(node, name))


def _tables(node: object) -> set[str]:
    return {it.relname for it in _nodes(node) if type(it).__name__ == "RangeVar"}


def _functions(node: object) -> set[str]:
    names = {it.funcname[-1].sval for it in _nodes(node) if type(it).__name__ == "FuncCall"}
    if any(isinstance(it, ast.SQLValueFunction) for it in _nodes(node)):
        names.add("current_timestamp")
    casts = (it.typeName.names[-1].sval for it in _nodes(node) if type(it).__name__ == "TypeCast")
    return names | ({"timestamptz"} & {*casts})


class _Statement:
    """The check of one statement."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def check(self, statement: Any) -> list[Violation]:
        """All violations, in the order of the text."""
        if not isinstance(
            statement, ast.SelectStmt | ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt
        ):
            return []
        tables = _tables(statement)
        distributed = sorted(tables & set(DISTRIBUTED))
        if len({colocation(table) for table in distributed}) > 1:
            self._add(Rule.MIXED_GROUPS, distributed[0])
        if distributed and tables & set(LOCAL_TABLES):
            self._add(Rule.LOCAL_JOIN, distributed[0])
        self._query(statement, {})
        return self.violations

    def _add(self, rule: Rule, table: str) -> None:
        if Violation(rule, table) not in self.violations:
            self.violations.append(Violation(rule, table))

    def _query(self, query: Any, named: Mapping[str, bool]) -> bool:
        """Check a query and those inside it; True if its rows are of distributed tables.

        `named` has the queries of WITH, and whether their rows are.
        """
        known = dict(named)
        if query.withClause:
            for each in query.withClause.ctes:
                if query.withClause.recursive:
                    known[each.ctename] = True
                known[each.ctename] = self._query(each.ctequery, known)
        match type(query).__name__:
            case "SelectStmt":
                return self._select(query, known)
            case "InsertStmt":
                self._insert(query, known)
            case "UpdateStmt":
                level = self._level([query.relation, *(query.fromClause or ())], known)
                self._conditions(query.whereClause, level, known)
                self._finish(level)
                self._written(query.relation.relname, query, query.targetList)
            case "DeleteStmt":
                level = self._level([query.relation, *(query.usingClause or ())], known)
                self._conditions(query.whereClause, level, known)
                self._finish(level)
                self._written(query.relation.relname, query, ())
        self._inner(
            (getattr(query, "targetList", None), getattr(query, "returningClause", None)), known
        )
        return getattr(query, "relation", None) is not None

    def _select(self, query: Any, named: Mapping[str, bool]) -> bool:
        if query.larg:
            sides = [self._query(it, named) for it in (query.larg, query.rarg)]
            return any(sides)
        level = self._level(query.fromClause or (), named)
        self._conditions(query.whereClause, level, named)
        self._finish(level, locks=bool(query.lockingClause))
        self._inner((query.targetList, query.havingClause, query.valuesLists), named)
        return any(table in DISTRIBUTED or table == _ROWS for table in level.tables.values())

    def _level(self, items: Any, named: Mapping[str, bool]) -> _Level:
        level = _Level()
        for item in items:
            self._source(item, level, named)
        return level

    def _source(self, item: Any, level: _Level, named: Mapping[str, bool]) -> None:
        match type(item).__name__:
            case "RangeVar":
                alias = item.alias.aliasname if item.alias else item.relname
                name = item.relname
                level.tables[alias] = name if name not in named else _ROWS if named[name] else None
            case "JoinExpr":
                self._source(item.larg, level, named)
                self._source(item.rarg, level, named)
                self._conditions(item.quals, level, named)
                for column in item.usingClause or ():
                    names = [f"{alias}.{column.sval}" for alias in level.tables]
                    level.pairs += [(names[0], name) for name in names[1:]]
            case "RangeSubselect":
                of_rows = self._query(item.subquery, named)
                level.tables[item.alias.aliasname] = _ROWS if of_rows else None
            case "RangeFunction":
                if item.alias:
                    level.tables[item.alias.aliasname] = None
                self._inner(item.functions, named)

    def _conditions(self, node: Any, level: _Level, named: Mapping[str, bool]) -> None:
        """Note the equalities that hold for every row; check the queries inside."""
        match type(node).__name__:
            case "BoolExpr" if node.boolop == BoolExprType.AND_EXPR:
                for each in node.args:
                    self._conditions(each, level, named)
                return
            case "A_Expr" if node.kind == A_Expr_Kind.AEXPR_OP and node.name[-1].sval == "=":
                left, right = (_term(it, level) for it in (node.lexpr, node.rexpr))
                if left and right:
                    level.pairs.append((left, right))
            case "A_Expr" if node.kind in (A_Expr_Kind.AEXPR_OP_ANY, A_Expr_Kind.AEXPR_IN):
                if (column := _term(node.lexpr, level)) and not _has_query(node.rexpr):
                    level.lists.add(column)
        self._inner(node, named)

    def _inner(self, node: object, named: Mapping[str, bool]) -> None:
        """Check the sub-selects of an expression."""
        if isinstance(node, tuple | list):
            for item in node:
                self._inner(item, named)
        elif isinstance(node, ast.SubLink):
            self._inner(node.testexpr, named)
            self._query(node.subselect, named)
        elif isinstance(node, ast.Node):
            for name in node:
                self._inner(getattr(node, name), named)

    def _finish(self, level: _Level, *, locks: bool = False) -> None:
        pinned = level.pinned()
        for alias, table in level.tables.items():
            if table not in DISTRIBUTED:
                continue
            column = f"{alias}.{DISTRIBUTED[table]}"
            if column in pinned:
                continue
            if locks:
                self._add(Rule.LOCKS_SHARDS, table)
            elif column not in level.lists:
                self._add(Rule.NO_USER, table)

    def _written(self, table: str, query: Any, targets: Any) -> None:
        if table not in DISTRIBUTED:
            return
        if any(target.name == DISTRIBUTED[table] for target in targets or ()):
            self._add(Rule.MOVES_ROWS, table)
        if _functions(query) & VOLATILE:
            self._add(Rule.VOLATILE_WRITE, table)

    def _insert(self, query: Any, named: Mapping[str, bool]) -> None:
        table = query.relation.relname
        source = query.selectStmt
        of_rows = source is not None and self._query(source, named)
        if table not in DISTRIBUTED:
            return
        if source is not None and source.valuesLists:
            if _has_query(source.valuesLists) or _has_query(query.onConflictClause):
                self._add(Rule.SUBSELECT_IN_VALUES, table)
        elif source is not None:
            value = _inserted(query, DISTRIBUTED[table])
            if not of_rows or not isinstance(value, ast.ColumnRef):
                self._add(Rule.CONSTANT_USER, table)
        if query.onConflictClause:
            targets = query.onConflictClause.targetList
            if _functions(targets) & CHANGING:
                self._add(Rule.VOLATILE_WRITE, table)
            if any(target.name == DISTRIBUTED[table] for target in targets or ()):
                self._add(Rule.MOVES_ROWS, table)


def _has_query(node: object) -> bool:
    return any(isinstance(it, ast.SubLink) for it in _nodes(node))


def _inserted(query: Any, column: str) -> object:
    """The expression that becomes the column."""
    source = query.selectStmt
    for target, value in zip(query.cols or (), source.targetList or (), strict=False):
        if target.name == column:
            return value.val
    return None


def _term(node: Any, level: _Level) -> str | None:
    """`alias.column`, `$` for a parameter or a constant, None for anything else."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if isinstance(node, ast.ParamRef | ast.A_Const):
        return "$"
    if type(node).__name__ != "ColumnRef" or isinstance(node.fields[-1], ast.A_Star):
        return None
    *qualifier, column = (it.sval for it in node.fields)
    if qualifier:
        return f"{qualifier[-1]}.{column}" if qualifier[-1] in level.tables else None
    owners = [
        alias
        for alias, table in level.tables.items()
        if table is not None and DISTRIBUTED.get(table) == column
    ]
    if len(owners) > 1:
        return None
    return f"{owners[0] if owners else ''}.{column}"
