"""Which files of a Rust crate need which: read from its modules, as far as names tell."""

import re

RUST = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>[bc]?r(?P<fence>\#*)".*?"(?P=fence)|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n]*?|[^\\'])'|'\w+)
    |(?P<word>r\#\w+|\w+)|(?P<sign>::|.)""",
    re.DOTALL | re.VERBOSE,
)
ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
OPENING, CLOSING = {"{", "(", "["}, {"}", ")", "]"}


class Module:
    """What one module holds: its children, the names it defines, imports and mentions."""

    def __init__(self, file, folder, parent=None):
        self.file, self.folder, self.parent = file, folder, parent
        self.children, self.imports, self.globs = {}, {}, []
        self.items, self.macros = set(), set()
        self.mentions = []  # (path, line): everything that its code names with a path

    def root(self):
        return self.parent.root() if self.parent else self


def tokens_of(source):
    """The code's tokens with their lines, without comments and literals."""
    found, line = [], 1
    for match in RUST.finditer(source):
        if match["word"] or match["sign"]:
            found.append((match[0], line))
        line += match[0].count("\n")
    return found


class Reader:
    """Reads the modules of one crate, from its root file down."""

    def __init__(self, file, module):
        self.tokens, self.at, self.module = tokens_of(file.read_text()), 0, module
        self.read_block()

    def peek(self, offset=0):
        at = self.at + offset
        return self.tokens[at][0] if at < len(self.tokens) else ""

    def skip_group(self):
        """Steps over one bracketed group and returns the words in it."""
        depth, start = 0, self.at
        while self.at < len(self.tokens):
            depth += (self.peek() in OPENING) - (self.peek() in CLOSING)
            self.at += 1
            if depth == 0:
                break
        return [token for token, _ in self.tokens[start : self.at]]

    def skip_item(self):
        while self.peek() and self.peek() not in CLOSING:
            if self.peek() in OPENING:
                if self.skip_group()[0] == "{":
                    return
            else:
                self.at += 1
                if self.tokens[self.at - 1][0] == ";":
                    return

    def skip_item_of_tests(self):
        """Steps over an item, unless it is a module in a file of its own: such files have a direction too."""
        while self.peek() == "#" and self.peek(1) == "[":
            self.at += 1
            self.skip_group()
        offset = 0
        if self.peek() == "pub":
            offset = 4 if self.peek(1) == "(" else 1
        if self.peek(offset) != "mod" or self.peek(offset + 2) != ";":
            self.skip_item()

    def read_block(self):
        """Reads a module's code up to its closing brace."""
        depth = 0
        while token := self.peek():
            if token == "}" and depth == 0:
                return
            depth += (token == "{") - (token == "}")
            if token == "#" and self.peek(1) == "[":
                self.at += 1
                attribute = self.skip_group()
                if attribute[1] == "cfg" and "test" in attribute and not {"not", "any"} & {*attribute}:
                    self.skip_item_of_tests()
            elif token == "mod" and self.peek(2) in {";", "{"}:
                self.read_module(self.peek(1), self.peek(2))
            elif token == "use" and self.peek(1) != "<":
                self.at += 1
                self.read_use(())
            else:
                self.read_code(token, depth)

    def read_module(self, name, sign):
        outer, folder = self.module, self.module.folder / name
        self.at += 3
        if sign == ";":
            file = next((f for f in (folder.with_suffix(".rs"), folder / "mod.rs") if f.exists()), None)
            if file:
                outer.children[name] = Module(file, folder, outer)
                Reader(file, outer.children[name])
            return
        self.module = outer.children[name] = Module(outer.file, folder, outer)
        self.read_block()
        self.module, self.at = outer, self.at + 1

    def read_use(self, prefix):
        """Reads one branch of a `use`, which ends before `,` or `}`, or after `;`."""
        path, name, line = list(prefix), None, self.tokens[self.at][1]
        while (token := self.peek()) not in {"", ",", "}", ";"}:
            self.at += 1
            if token == "{":
                while self.peek() not in {"", "}"}:
                    self.read_use(path)
                    self.at += self.peek() == ","
                self.at += 1
                return
            if token == "*":
                self.module.globs.append((path, line))
                return
            if token == "as":
                name, self.at = self.peek(), self.at + 1
            elif token != "::":
                path.append(token)
        if path[-1] == "self" and len(path) > 1:
            path.pop()
        self.module.imports[name or path[-1]] = path
        self.module.mentions.append((path, line))

    def read_code(self, token, depth):
        """Takes note of a definition, of a path or of a macro's name."""
        line, self.at = self.tokens[self.at][1], self.at + 1
        if depth == 0 and token in ITEMS and self.peek().isidentifier():
            self.module.items.add(self.peek())
        elif token == "macro_rules" and self.peek() == "!":
            self.module.macros.add(self.peek(1))
        elif token.isidentifier() and (self.at < 2 or self.tokens[self.at - 2][0] != "::"):
            path = [token]
            while self.peek() == "::" and self.peek(1).isidentifier():
                path.append(self.peek(1))
                self.at += 2
            if len(path) > 1 or (self.peek() == "!" and self.peek(1) != "="):
                self.module.mentions.append((path, line))


def definition(module, path, seen=()):
    """The module that defines what a path names, and whether that is a module itself; no module for
    what is of another crate. `seen` are the imports on the way here, which lead nowhere a second time."""
    at, rest = module, list(path)
    while rest and rest[0] in {"crate", "self", "super"}:
        at = {"crate": at.root(), "self": at, "super": at.parent or at}[rest.pop(0)]
    if not rest:
        return at, True
    # What a macro made is nowhere to be seen: it counts as the module's whose path leads to it.
    return within(at, rest, seen) or ((at, False) if len(rest) < len(path) else None)


def within(module, path, seen):
    """The same for a path that begins with a name of the module's own."""
    name, rest = path[0], path[1:]
    if name in module.children and (rest or name not in module.items):
        return definition(module.children[name], ["self", *rest], seen)
    if name in module.items | module.macros:
        return module, False
    if name in module.imports:
        way = (module, name)
        found = None if way in seen else definition(module, module.imports[name] + rest, (*seen, way))
        return found or (None, False)
    way = (module, "*")
    for glob, _ in module.globs if way not in seen else ():
        source = definition(module, glob, (*seen, way))
        if source and source[0] and (found := within(source[0], path, (*seen, way))):
            return found
    return None


def macro(module, name):
    """The module above that defines a macro: such a name is seen below without a path."""
    while module and name not in module.macros:
        module = module.parent
    return module


def needs_of_crate(root):
    """{file: {file it needs: line}} of the crate that a root file begins."""
    top = Module(root, root.parent)
    Reader(root, top)
    needs, modules = {}, [top]
    for module in modules:
        modules.extend(module.children.values())
        found = [(definition(module, path), line) for path, line in module.mentions if len(path) > 1]
        found += [((macro(module, path[0]), False), line) for path, line in module.mentions if len(path) == 1]
        found += [((end[0], False), line) for path, line in module.globs if (end := definition(module, path))]
        for end, line in found:
            if end and end[0] and not end[1] and end[0].file != module.file:
                needs.setdefault(module.file, {}).setdefault(end[0].file, line)
    return needs
