"""Assertions that hold on empty output.

That a text does not say something is true of no text at all: of a program that printed nothing, of a file that was
not written. Such an assertion needs a partner in the same statement which shows that the text is the one that was
meant: test::HasButNot("what it says", "what it must not say") in C++, `says_but_not` and `hides` in the shell tests.

usage: assertions.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

ASSERTION = re.compile(r"\b(?:EXPECT|ASSERT)_\w+\(")
MATCHERS = r"(?:HasSubstr|Contains|ContainsRegex|MatchesRegex|StartsWith|EndsWith|Key|Pair|ElementsAre|UnorderedElementsAre|SizeIs|Gt|Ge)"
SEARCH = r"[.>]r?find(?:_first_of|_last_of)?\("
# What is true of an empty text or list, in a C++ statement without its literals.
LONE = (
    re.compile(SEARCH + r".*npos"),
    re.compile(r"\bNot\((?:::)?(?:testing::)?(?:HasSubstr|Contains|ContainsRegex|StartsWith|EndsWith)\("),
    re.compile(r"_FALSE\((?:\w+::)*contains\("),
    re.compile(r"_FALSE\([^;]*\.contains\("),
    re.compile(r"_TRUE\(!\s*[^;]*\bcontains\("),
)
FOUND = re.compile(r"_NE\(.*npos\)|_TRUE\(.*!=\s*[\w:]*npos")
SHELL = (
    re.compile(r"!\s*grep\b"),
    re.compile(r"!.*\bholds_secret\b"),
    re.compile(r"\[\[?\s+-z\s+\"?\$\("),
)
HARNESS = "harness.sh"


def statements(text):
    """(line, statement) of C++ text, without comments and with empty literals."""
    text = re.sub(r'R"\((.*?)\)"', lambda m: '""' + "\n" * m.group(0).count("\n"), text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"'(?:\\.|[^'\\\n])'", "' '", text)
    text = re.sub(r"//[^\n]*", "", text)
    line = 1
    for part in re.split(r"(?<=[;{}])", text):
        blank = part[:len(part) - len(part.lstrip())]
        yield line + blank.count("\n"), " ".join(part.split())
        line += part.count("\n")


def without_negated(statement):
    """The statement without its Not(...) and Each(Not(...))."""
    while (at := statement.find("Not(")) >= 0:
        depth, end = 0, at + 3
        while end < len(statement):
            depth += {"(": 1, ")": -1}.get(statement[end], 0)
            end += 1
            if depth == 0:
                break
        statement = statement[:at] + statement[end:]
    return statement


def is_lone(statement):
    if not ASSERTION.search(statement) or not any(pattern.search(statement) for pattern in LONE):
        return False
    if FOUND.search(statement):
        return False
    return not re.search(rf"\bAllOf\(.*\b{MATCHERS}\(", without_negated(statement))


def lone_in(path):
    text = path.read_text()
    if path.suffix == ".sh":
        lines = enumerate(text.splitlines(), 1)
        return [number for number, line in lines if any(pattern.search(line.split(" # ")[0]) for pattern in SHELL)]
    return [number for number, statement in statements(text) if is_lone(statement)]


def check_itself():
    lone = ('EXPECT_EQ(log.find("x"), std::string::npos);', 'EXPECT_THAT(out, Not(HasSubstr("x")));',
            'EXPECT_THAT(lines,\n  testing::Each(Not(testing::HasSubstr("x"))));', 'EXPECT_FALSE(contains(a, b));',
            'EXPECT_TRUE(text.find("x") == std::string::npos);', 'ASSERT_FALSE(map.contains("x"));',
            'EXPECT_THAT(out, AllOf(Not(HasSubstr("x")), Not(HasSubstr("y"))));')
    paired = ('EXPECT_NE(log.find("x"), std::string::npos);', 'EXPECT_THAT(out, test::HasButNot("a", "b"));',
              'EXPECT_THAT(out, AllOf(HasSubstr("a"), Not(HasSubstr("x"))));', '// EXPECT_FALSE(contains(a, b));',
              'EXPECT_THAT(map, AllOf(Contains(Key("a")), Not(Contains(Key("x")))));', 'x = text.find("x") == npos;')
    for samples, wanted in ((lone, 1), (paired, 0)):
        for sample in samples:
            assert sum(is_lone(statement) for _, statement in statements(sample)) == wanted, sample


def main():
    check_itself()
    source = pathlib.Path(sys.argv[1])
    paths = [path for pattern in ("*.cpp", "*.hpp", "*.sh") for path in source.glob(f"tests/**/{pattern}")]
    found = [f"{path.relative_to(source)}:{number}: holds on empty output; say what the text is in the same statement"
             for path in sorted(paths) if path.name != HARNESS for number in lone_in(path)]
    print(*found, sep="\n")
    print(f"{len(paths)} files, {len(found)} faults")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
