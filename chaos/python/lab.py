"""The lab view: a chip's blocks, registers and fields as attributes, with tables for people.

chip.pll[3].ctrl.enable is a field's content. A block that there is only one of, and a register that is no array, need
no index. Reading never changes anything: what a register would do when read, it doesn't do here."""
from __future__ import annotations

from typing import Any, Iterator, Protocol, Sequence, TypeVar, Union

from ._core import Field, Register

_View = TypeVar("_View")

ONLY_FIELDS = "only fields can, as in chip.pll[0].ctrl.enable = 1"
BlockRow = tuple[str, str, int, int, int, str]   # name, type, index, how many, base, title


class Source(Protocol):
    """Where words come from and go to."""

    def _word(self, block: int, register: Register, element: int) -> int: ...
    def _store(self, block: int, register: Register, element: int, word: int) -> None: ...
    def registers(self, block: int) -> list[Register]: ...
    @property
    def blocks(self) -> list[BlockRow]: ...


def table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def shown(field: Field, word: int) -> str:
    content = field.content(word)
    name = field.value_name(content)
    return f"{content} ({name})" if name else f"{content:#x}" if content > 9 else str(content)


def at(views: Sequence[_View], index: int, what: str) -> _View:
    """That view; an index beyond says which there are."""
    if not -len(views) <= index < len(views):
        raise IndexError(f"there is no {what}[{index}]; there is {what}[0..{len(views) - 1}]")
    return views[index]


class ReadOnly:
    """What has parts and is none itself: a name that is set by mistake must not look like a write to the chip."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"'{name}' can't be set: {ONLY_FIELDS}")


class RegisterView:
    """One register: its fields are attributes, int() is the whole word, repr() a table."""

    _source: Source
    _block: int
    _path: str
    _address: int
    _register: Register
    _element: int
    _fields: dict[str, Field]

    def __init__(self, source: Source, block: int, path: str, base: int, register: Register, element: int) -> None:
        vars(self).update(_source=source, _block=block, _path=path, _register=register, _element=element,
                          _address=base + register.offset + element * register.stride,
                          _fields={f.name: f for f in register.fields})

    def __int__(self) -> int:
        return self._source._word(self._block, self._register, self._element)

    __index__ = __int__

    def __getattr__(self, name: str) -> int:
        field = None if name.startswith("_") else self._fields.get(name)
        if field is None:
            raise AttributeError(f"{self._path} has no field '{name}'; it has {', '.join(self._fields)}")
        return field.content(int(self))

    def __setattr__(self, name: str, value: int) -> None:
        field = self._fields.get(name)
        if field is None:
            raise AttributeError(f"{self._path} has no field '{name}'; it has {', '.join(self._fields)}")
        if not field.writable:
            raise AttributeError(f"{self._path}.{name} can't be written: {field.access}")
        if not 0 <= value < 1 << field.width:
            raise ValueError(f"{self._path}.{name} has {field.width} bits; {value} doesn't fit")
        # The siblings stay as they are: what is stored is written back, what acts on a write gets what does nothing.
        old, word = int(self), 0
        for f in self._fields.values():
            idle = (1 << f.width) - 1 if f.access.startswith("w0") else 0
            word = f.with_content(word, f.content(old) if f.access.startswith("rw") else idle)
        self._source._store(self._block, self._register, self._element, field.with_content(word, value))

    def __dir__(self) -> list[str]:
        return list(self._fields)

    def __repr__(self) -> str:
        word = int(self)
        rows = [("bits", "field", "content", "access", "owner")]
        rows += [(f"{f.lsb + f.width - 1}:{f.lsb}" if f.width > 1 else str(f.lsb), f.name, shown(f, word), f.access,
                  f.owner) for f in self._fields.values()]
        where = "in the model only" if self._register.internal else f"at {self._address:#010x}"
        return f"{self._path} = {word:#010x} {where}\n{table(rows)}"


class RegisterArray(ReadOnly):
    """An array of registers: index it."""

    _elements: list[RegisterView]
    _path: str

    def __init__(self, elements: list[RegisterView], path: str) -> None:
        vars(self).update(_elements=elements, _path=path)

    def __getitem__(self, index: int) -> RegisterView:
        return at(self._elements, index, self._path)

    def __len__(self) -> int:
        return len(self._elements)

    def __repr__(self) -> str:
        rows = [(f"[{k}]", f"{int(r):#010x}") for k, r in enumerate(self._elements)]
        return f"{self._path}, {len(rows)} registers\n{table(rows)}"


class BlockView(ReadOnly):
    """One block: its registers are attributes."""

    _source: Source
    _number: int
    _row: BlockRow
    _registers: dict[str, Register]

    def __init__(self, source: Source, number: int, row: BlockRow) -> None:
        vars(self).update(_source=source, _number=number, _row=row,
                          _registers={r.name: r for r in source.registers(number)})

    def __getattr__(self, name: str) -> Union[RegisterView, RegisterArray]:
        register = vars(self).get("_registers", {}).get(name)
        if register is None:
            raise AttributeError(f"{self._row[0]} has no register '{name}'; dir() lists them")
        path, base = f"{self._row[0]}.{name}", self._row[4]
        if register.count == 1:
            return RegisterView(self._source, self._number, path, base, register, 0)
        return RegisterArray([RegisterView(self._source, self._number, f"{path}[{k}]", base, register, k)
                              for k in range(register.count)], path)

    def __dir__(self) -> list[str]:
        return list(self._registers)

    def __repr__(self) -> str:
        rows = [("offset", "register", "word")]
        for name, register in self._registers.items():
            view: Any = getattr(self, name)
            word = f"{register.count} of them" if register.count > 1 else f"{int(view):#010x}"
            rows.append(("" if register.internal else f"{register.offset:#05x}", name, word))
        return f"{self._row[0]}: {self._row[5]}, at {self._row[4]:#010x}\n{table(rows)}"


class Blocks(ReadOnly):
    """The blocks of one type: index them; the index may be left out where there is only one."""

    _views: list[BlockView]

    def __init__(self, views: list[BlockView]) -> None:
        vars(self).update(_views=views)

    def __getitem__(self, index: int) -> BlockView:
        return at(self._views, index, self._views[0]._row[1])

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[BlockView]:
        return iter(self._views)

    def __getattr__(self, name: str) -> Any:
        views = vars(self).get("_views", [])
        if len(views) != 1:
            raise AttributeError(f"there are {len(views)} of these; name one: [0] to [{len(views) - 1}]")
        return getattr(views[0], name)

    def __dir__(self) -> list[str]:
        return dir(self._views[0]) if len(self._views) == 1 else []

    def __repr__(self) -> str:
        if len(self._views) == 1:
            return repr(self._views[0])
        first = self._views[0]._row
        return f"{first[1]}[0..{first[3] - 1}]: {first[5]}, {first[3]} of them, the first at {first[4]:#010x}"


class Lab:
    """Gives a chip its blocks as attributes."""

    def _blocks_of(self: Any, kind: str) -> Blocks:
        views = [BlockView(self, number, row) for number, row in enumerate(self.blocks) if row[1] == kind]
        if not views:
            raise AttributeError(f"no block or method '{kind}'; dir() lists them")
        return Blocks(views)

    def __getattr__(self, name: str) -> Blocks:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._blocks_of(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if any(row[1] == name for row in getattr(self, "blocks")):
            raise AttributeError(f"'{name}' can't be set: {ONLY_FIELDS}")
        object.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        rows: list[BlockRow] = getattr(self, "blocks")
        return [*object.__dir__(self), *dict.fromkeys(row[1] for row in rows)]
