"""The disagreements that have a reason.

A line of the file is `CAPTURE FIELD OURS THEIRS  REASON`: the first four are shell patterns without spaces over the
capture's name, the field, and the two values as Python writes them with spaces taken out; the reason follows after two
spaces.
"""

import fnmatch
import re


class Explanations:
    def __init__(self, lines):
        self.lines = lines
        self.used = set()

    def reason(self, capture, difference):
        facts = [capture, difference.field, str(difference.ours), str(difference.theirs)]
        facts = [fact.replace(" ", "") for fact in facts]
        for index, (line, patterns, reason) in enumerate(self.lines):
            if all(fnmatch.fnmatchcase(fact, pattern) for fact, pattern in zip(facts, patterns)):
                self.used.add(index)
                return reason
        return None

    def unused(self):
        return [line for index, (line, _, _) in enumerate(self.lines) if index not in self.used]


def load(path):
    lines = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s\s+(\S.*)", line)
        if not match:
            raise SystemExit(f"{path}: not an explanation: {line}")
        # Values hold square brackets, which are not meant as character classes.
        patterns = [pattern.replace("[", "[[]") for pattern in match.groups()[:4]]
        lines.append((line, patterns, match.group(5)))
    return Explanations(lines)
