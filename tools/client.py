"""Write the typed Python client's types and methods from docs/openapi.json; a test says when they are stale.

python tools/client.py

Ours rather than a generator from elsewhere: one file of dataclasses and one of methods on the standard library alone, so
that a system in a closed network installs one wheel and reads what it calls. `made` refuses what it does not know in the
description instead of guessing.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "openapi.json"
OUT = ROOT / "client" / "src" / "antong_client" / "made"
HEAD = '"""{what} Made by tools/client.py from docs/openapi.json: change that, not this."""\n\nfrom __future__ import annotations\n'
PLAIN = {"string": "str", "integer": "int", "boolean": "bool", "null": "None", "number": "float"}
FORMATS = {"uuid": "UUID", "date-time": "datetime", "date": "date", "binary": "bytes"}
JSON, PARTS, FORM = "application/json", "application/offset+octet-stream", "multipart/form-data"
KEY = "Idempotency-Key"
LEFT_OUT = {"Problem"}
"""Written by hand: it is an exception."""

Schema = dict[str, Any]


def class_name(text: str) -> str:
    """Return the class of a component."""
    return "".join(part[0].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def argument(text: str) -> str:
    """Return a name of the description as Python has it."""
    name = re.sub(r"\W", "_", text).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def kind(schema: Schema, prefix: str = "") -> str:
    """Return the type of a schema, components with a prefix; ValueError where it is none we know."""
    if "$ref" in schema:
        return prefix + class_name(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(kind(one, prefix) for one in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(one, ensure_ascii=False) for one in schema['enum'])}]"
    known = schema.get("type")
    if known == "array":
        return f"list[{kind(schema['items'], prefix)}]"
    if known == "object" and "properties" not in schema:
        values = schema.get("additionalProperties")
        return f"dict[str, {kind(values, prefix) if isinstance(values, dict) and values else 'Any'}]"
    if known in PLAIN:
        return FORMATS.get(schema.get("format", ""), PLAIN[known]) if known == "string" else PLAIN[known]
    raise ValueError(f"a schema that tools/client.py does not know: {schema}")


def default(schema: Schema) -> str:
    """Return how a field that need not be given is left out."""
    given = schema.get("default")
    if isinstance(given, list | dict):
        if given:
            raise ValueError(f"a default that tools/client.py does not know: {given}")
        return f"field(default_factory={kind(schema)})"
    return repr(given)


def types(schemas: dict[str, Schema]) -> str:
    """Return the file of dataclasses."""
    lines = [HEAD.format(what="What the interface takes and answers.")]
    lines += ["from dataclasses import dataclass, field", "from datetime import date, datetime", "from typing import Any, Literal",
              "from uuid import UUID", ""]  # fmt: skip
    for name, schema in schemas.items():
        if name in LEFT_OUT:
            continue
        if "properties" not in schema:
            lines += ["", f"{class_name(name)} = {kind(schema)}"]
            continue
        said = schema.get("description") or f"{class_name(name)}."
        lines += ["", "", "@dataclass(frozen=True, slots=True, kw_only=True)", f"class {class_name(name)}:"]
        lines += [f'    """{said}' + ("\n    " if "\n" in said else "") + '"""', ""]
        required = set(schema.get("required", ()))
        for key, value in schema["properties"].items():
            text = kind(value)
            if key in required:
                lines.append(f"    {argument(key)}: {text}")
            else:
                text = text if "default" in value or "None" in text else f"{text} | None"
                lines.append(f"    {argument(key)}: {text} = {default(value)}")
    return "\n".join(lines) + "\n"


def method(path: str, verb: str, about: Schema) -> list[str]:
    """Return one operation as a method."""
    name, takes, gives = about["operationId"], ["self"], _answer(about, verb)
    later: list[str] = []
    sent = {"query": [], "headers": []}  # type: dict[str, list[str]]
    keyed = False
    for one in about.get("parameters", ()):
        if one["in"] == "path":
            takes.append(f"{argument(one['name'])}: {kind(one['schema'], 't.')}")
        elif one["name"] == KEY:
            keyed = True
        else:
            text, schema = kind(one["schema"], "t."), one["schema"]
            must = one.get("required", False)
            text = text if must or "default" in schema or "None" in text else f"{text} | None"
            later.append(f"{argument(one['name'])}: {text}" + ("" if must else f" = {default(schema)}"))
            place = "query" if one["in"] == "query" else "headers"
            sent[place].append(f'"{one["name"]}": {argument(one["name"])}')
    body = _body(about, takes, later)
    if keyed:
        later.append("key: str | None = None")
    signature = ", ".join([*takes, *(["*", *later] if later else [])])
    texts = {
        one["name"]
        for one in about.get("parameters", ())
        if one["in"] == "path" and kind(one["schema"]) == "str"
    }

    def place_of(found: re.Match[str]) -> str:
        name = argument(found[1])
        return f"{{quoted({name})}}" if found[1] in texts else f"{{{name}}}"

    filled = re.sub(r"{(\w+)}", place_of, path)
    call = [f'"{verb.upper()}"', f'f"{filled}"' if "{" in filled else f'"{filled}"', f"_{name.upper()}"]
    call += [f"{place}={{{', '.join(rows)}}}" for place, rows in sent.items() if rows]
    call += body + (["key=key or new_key()"] if keyed else [])
    call += ["once=True"] if verb == "patch" else []
    said = about.get("description", name)
    return [
        "", f"    def {name}({signature}) -> {gives}:", f'        """{said}"""',
        f"        return self._call({', '.join(call)})",
    ]  # fmt: skip


def _body(about: Schema, takes: list[str], later: list[str]) -> list[str]:
    contents = about.get("requestBody", {}).get("content", {})
    if not contents:
        return []
    ((media, content),) = contents.items()
    if media == JSON:
        takes.append(f"body: {kind(content['schema'], 't.')}")
        return ["body=body"]
    if media == PARTS:
        takes.append("part: bytes")
        return ["part=part"]
    if media != FORM:
        raise ValueError(f"a body that tools/client.py does not know: {media}")
    takes.append("files: Sequence[tuple[str, bytes]]")
    fields = {key: one for key, one in content["schema"]["properties"].items() if key != "files"}
    later += [f"{argument(key)}: {kind(one, 't.')} = {default(one)}" for key, one in fields.items()]
    names = ", ".join(f'"{key}": {argument(key)}' for key in fields)
    return ["files=files", f"form={{{names}}}"]


def _answer(about: Schema, verb: str) -> str:
    content = next(value for key, value in about["responses"].items() if key.startswith("2")).get(
        "content", {}
    )
    if JSON in content:
        return kind(content[JSON]["schema"], "t.")
    if verb in {"head", "patch"}:
        return "Headers"
    return "None" if "204" in about["responses"] else "Content"


def methods(paths: dict[str, dict[str, Schema]]) -> str:
    """Return the file of methods."""
    lines = [HEAD.format(what="Each operation of the interface.")]
    lines += [
        "from collections.abc import Sequence",
        "from datetime import date, datetime",
        "from typing import Any, Literal",
        "from uuid import UUID",
        "",
    ]
    lines += [
        "from antong_client.carrying import Answer, Caller, Content, Headers, new_key, quoted",
        "from antong_client.made import types as t",
        "",
    ]
    operations = [(path, verb, about) for path, verbs in paths.items() for verb, about in verbs.items()]
    for _, verb, about in operations:
        gives = _answer(about, verb)
        lines.append(f"_{about['operationId'].upper()}: Answer[{gives}] = Answer({gives})")
    lines += [
        "",
        "",
        "class Operations(Caller):",
        '    """What may be asked and done; every method raises `Refused`."""',
    ]
    for path, verb, about in operations:
        lines += method(path, verb, about)
    return "\n".join(lines) + "\n"


def tidy(text: str) -> str:
    """Return a file as the formatter has it, without imports that it does not use."""
    ruff = [str(Path(sys.executable).parent / "ruff")]
    for words in (["check", "-q", "--fix-only"], ["format", "-q"]):
        command = [*ruff, *words, "--stdin-filename", str(OUT / "x.py"), "-"]
        text = subprocess.run(
            command, input=text, capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
    return text


def made() -> dict[str, str]:
    """Return the files by their name."""
    described = json.loads(SOURCE.read_text("utf-8"))
    return {
        "__init__.py": '"""What tools/client.py makes from docs/openapi.json."""\n',
        "types.py": tidy(types(described["components"]["schemas"])),
        "methods.py": tidy(methods(described["paths"])),
    }


def main() -> None:
    """Write them."""
    OUT.mkdir(exist_ok=True)
    for name, text in made().items():
        (OUT / name).write_text(text, encoding="utf-8")
    print(f"written: {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
