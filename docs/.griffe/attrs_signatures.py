"""Tells the reference which arguments an attrs class takes: they are read from its annotated attributes."""

from __future__ import annotations

from typing import Any

from griffe import Attribute, Class, Expr, ExprCall, Extension, Function, Parameter, ParameterKind, Parameters

_DECORATORS = {"attrs.frozen", "attrs.define"}


class AttrsSignatures(Extension):
    """Gives each class decorated by attrs an `__init__` with the arguments that attrs will write."""

    def on_class_members(self, *, cls: Class, **_: Any) -> None:
        """Add the `__init__` of an attrs class."""
        decorator = next((found.value for found in cls.decorators if _path(found.value) in _DECORATORS), None)
        if decorator is None or "__init__" in cls.members:
            return
        kind = ParameterKind.keyword_only if _given(decorator, "kw_only") else ParameterKind.positional_or_keyword
        myself = Parameter("self", kind=ParameterKind.positional_or_keyword)
        taken = [_parameter(member, kind) for member in cls.members.values() if _is_argument(member)]
        init = Function("__init__", parent=cls, parameters=Parameters(myself, *taken), returns="None")
        cls.set_member("__init__", init)


def _is_argument(member: object) -> bool:
    return (
        isinstance(member, Attribute)
        and member.annotation is not None
        and "ClassVar" not in str(member.annotation)
        and "property" not in member.labels
        and _given(member.value, "init") != "False"
    )


def _parameter(member: Attribute, kind: ParameterKind) -> Parameter:
    default = member.value
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
