"""Tells the reference which arguments an attrs class takes: they are read from its annotated attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

from griffe import Attribute, Class, Expr, ExprCall, Extension, Function, Module, Parameter, ParameterKind, Parameters

_DECORATORS = {"attrs.frozen", "attrs.define"}


class AttrsSignatures(Extension):
    """Gives each class decorated by attrs an `__init__` with the arguments that attrs will write."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Add the `__init__` of every attrs class, now that all base classes are known."""
        for cls in _classes(pkg):
            decorator = next((found.value for found in cls.decorators if _path(found.value) in _DECORATORS), None)
            if decorator is None or "__init__" in cls.members:
                continue
            kind = ParameterKind.keyword_only if _given(decorator, "kw_only") else ParameterKind.positional_or_keyword
            # A base class gives its arguments first, unless the class says them anew.
            found: dict[str, Attribute] = {}
            for each in (*reversed(cls.mro()), cls):
                found.update((name, member) for name, member in each.members.items() if _is_argument(member))
            myself = Parameter("self", kind=ParameterKind.positional_or_keyword)
            taken = [_parameter(member, kind) for member in found.values()]
            init = Function("__init__", parent=cls, parameters=Parameters(myself, *taken), returns="None")
            cls.set_member("__init__", init)


def _classes(parent: Module | Class) -> Iterator[Class]:
    for member in parent.members.values():
        if member.is_alias:
            continue
        if isinstance(member, Class):
            yield member
        if isinstance(member, Module | Class):
            yield from _classes(member)


def _is_argument(member: object) -> TypeGuard[Attribute]:
    return (
        isinstance(member, Attribute)
        and member.annotation is not None
        and "instance-attribute" in member.labels
        and "property" not in member.labels
        and _given(member.value, "init") != "False"
    )


def _parameter(member: Attribute, kind: ParameterKind) -> Parameter:
    default = member.value
    if _given(default, "kw_only") == "False":
        kind = ParameterKind.positional_or_keyword
    if _path(default) == "attrs.field":
        default = _given(default, "default") or ("..." if _given(default, "factory") else None)
    elif isinstance(default, ExprCall):  # a Factory, or a helper that makes a field
        default = "..."
    return Parameter(member.name.removeprefix("_"), annotation=member.annotation, kind=kind, default=default)


def _path(value: object) -> str:
    return value.canonical_path if isinstance(value, Expr) else ""


def _given(call: object, name: str) -> Any:
    """The value of a keyword argument in this call, as it stands in the source."""
    arguments = call.arguments if isinstance(call, ExprCall) else []
    value = next((argument.value for argument in arguments if getattr(argument, "name", None) == name), None)
    return value if value is None or isinstance(value, Expr) else str(value)
