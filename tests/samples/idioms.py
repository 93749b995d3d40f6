#!/usr/bin/env python3
"""The samples here use every idiom that the public sessions and manifests use, so that a clone alone tests them all.

usage: idioms.py SOURCE_DIRECTORY [--list]

An idiom is a place in a document (`secrets[].import.session`) together with the form of what stands there: null, one of
the language's own words, a plain text, a $VARIABLE or text around one, a placeholder with its suffixes, alone or inside
of text. Public files that are no YAML before other tools filled them in are left out; the C++ tests over them list those.

Exit status 1 with what is missing; 77 (skipped) where the public files are not beside the repository.
"""

import os
import pathlib
import re
import sys

import yaml

KINDS = ("sessions", "manifests")
PLACEHOLDER = re.compile(r"\$\$SCONE::[^$:|.]*((?::[\w-]+)*(?:\.[a-z]+)?(?:\|[^$]*)?)\$\$")
VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?")
# Where the words of the language stand; a secret's name or a path is anybody's.
WORDS = re.compile(r"\.(kind|mode|endpoint|key_type|update_policy|persistency|digest|files|migrate|export_public"
                   r"|singleton_enclaves|version|tolerate\[\]|(read|update|create_sessions|list_sessions)(\[\])?)$")
# Seen in public files that nobody can accept: excerpts, and slips that are refused with a reason.
LEFT_OUT = {
    (".attestation.mode", "'node'"): "an excerpt of a README: 'attestation' stands outside of 'security', and has a slip",
    (".access_policy.create_sessions[]", "'...'"): "an excerpt",
    (".predecessor", "variable in text"): "from a shell here-document: the shell would remove the backslash",
    (".services[].mrenclaves[]", "variable in text"): "from a shell here-document",
    (".secrets[].import_akv.token", "scalar"): "AAD_TOKEN is filled in by sed",
}


class SourceText(yaml.SafeLoader):
    """Scalars as they are written, and every tag."""


SourceText.yaml_implicit_resolvers = {}
SourceText.add_multi_constructor("!", lambda loader, tag, node: f"!{tag}")


def free_keys(place):
    """Whether the keys of a mapping are names that somebody chose."""
    return place.endswith(("environment", ".payload")) or ".value" in place or ".helm_extra_values" in place


def forms(place, text):
    if text in ("", "~", "null"):
        return {"null"}
    found = PLACEHOLDER.findall(text)
    if found:
        alone = len(found) == 1 and PLACEHOLDER.fullmatch(text)
        return {f"placeholder{suffix}{'' if alone else ' in text'}" for suffix in found}
    if VARIABLE.fullmatch(text):
        return {"variable"}
    if VARIABLE.search(text) and "$$" not in text:
        return {"variable in text"}
    if WORDS.search(place) and re.fullmatch(r"[\w.-]+", text) and len(text) < 40:
        return {f"'{text.lower()}'"}
    return {"scalar"}


def idioms(value, place=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            name = str(key)
            if free_keys(place):
                name = "@@*" if name.lstrip("\\").startswith("@") else "*"
            yield from idioms(inner, f"{place}.{name}")
    elif isinstance(value, list):
        if not value:
            yield place, "empty list"
        for item in value:
            yield from idioms(item, f"{place}[]")
    elif value is not None:
        for form in forms(place, str(value)):
            yield place, form


def in_directory(top):
    """{idiom: a file that uses it}"""
    result = {}
    for path in sorted(path for path in top.rglob("*") if path.is_file()):
        try:
            documents = list(yaml.load_all(path.read_text(), SourceText))
        except (yaml.YAMLError, TypeError, ValueError):
            continue  # a template of another language
        for document in documents:
            if isinstance(document, dict):
                for idiom in idioms(document):
                    result.setdefault(idiom, path.relative_to(top))
    return result


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    corpus = pathlib.Path(os.environ.get("SCONECTL_CORPUS", source / "../shared/corpus"))
    if not corpus.exists():
        expected = "SCONECTL_CORPUS" in os.environ or "CI" in os.environ or (source / "../shared").exists()
        print(f"there are no public files at {corpus}")
        return 1 if expected else 77
    missing = 0
    for kind in KINDS:
        public = in_directory(corpus / kind)
        ours = in_directory(source / "tests/samples" / kind)
        if "--list" in sys.argv:
            for place, form in sorted(public):
                print(f"{kind}: {place} {form}")
        for idiom, path in sorted(public.items()):
            if idiom not in ours and idiom not in LEFT_OUT:
                print(f"{kind}: no sample has {idiom[0]} as {idiom[1]}, as {path} has")
                missing += 1
        print(f"{kind}: {len(public)} idioms in public files, {len(ours)} in the samples")
        if len(public) < 50:
            print(f"{kind}: that is too few to be the public files")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
